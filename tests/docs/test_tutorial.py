"""The tutorial and the guide to embedding do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.http import Http
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs/tutorial/first-conversation.md").read_text(encoding="utf-8")
PARIS = "The capital of France is Paris."
ROME = "The capital of Italy is Rome."


def run_example(name: str, *arguments: str, **environ: str) -> list[str]:
    """The lines that an example prints."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "THREADKEEP_"))}
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / name, *arguments],
        env=clean | environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def where(server: RunningServer) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "any"}


def test_quickstart(running_server: RunningServer, scripted_model: ScriptedModel):
    scripted_model.reply(PARIS)
    scripted_model.reply(ROME)
    assert run_example("quickstart.py", **where(running_server)) == [
        "user: What is the capital of France?",
        f"assistant: {PARIS}",
        "user: And of Italy?",
        f"assistant: {ROME}",
    ]


def test_the_official_sdk(running_server: RunningServer, scripted_model: ScriptedModel):
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    scripted_model.reply("It rains.")
    assert run_example("official_sdk.py", **where(running_server)) == [
        'asked for get_weather {"city":"Oslo"}',
        "It rains.",
    ]


def test_the_embedded_client(scripted_model: ScriptedModel, tmp_path: Path):
    for text in ("Water.", "Frozen water."):
        scripted_model.reply(text)
    environ = {"THREADKEEP_UPSTREAM_URL": scripted_model.base_url, "HOME": str(tmp_path)}
    printed = run_example("embedded_client.py", str(tmp_path / "threads.db"), **environ)
    assert printed == ["completed", "Frozen water.", "4"]


def test_the_calls_of_curl(running_server: RunningServer, scripted_model: ScriptedModel):
    scripted_model.reply(PARIS)
    create, run = (arguments_of(block) for block in shell_blocks() if block.startswith("curl"))
    assistant = sent(running_server.http, create).json
    assert assistant["object"] == "assistant"
    printed_id = json.loads(run["-d"])["assistant_id"]
    run["-d"] = run["-d"].replace(printed_id, assistant["id"])
    stream = sent(running_server.http, run).body.decode()
    assert "event: thread.run.completed" in stream
    assert stream.endswith("event: done\ndata: [DONE]\n\n")
    assert (
        json.loads(run["-d"])["thread"]["messages"][0]["content"]
        == "What is the capital of France?"
    )


def shell_blocks() -> list[str]:
    return re.findall(r"^```sh\n(.+?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)


def arguments_of(command: str) -> dict[str, str]:
    """The arguments of a call of curl; headers are checked here, `-d` and the URL are given."""
    words = shlex.split(command.replace("\\\n", " "))
    headers = [words[i + 1] for i, word in enumerate(words) if word == "-H"]
    assert headers == ["Authorization: Bearer $OPENAI_API_KEY", "Content-Type: application/json"]
    (url,) = [word for word in words if word.startswith("$OPENAI_BASE_URL")]
    return {"path": url.removeprefix("$OPENAI_BASE_URL"), "-d": words[words.index("-d") + 1]}


def sent(http: Http, call: dict[str, str]):
    return http.send("POST", call["path"], call["-d"].encode())


def test_the_commands_that_it_names_are_there():
    named = set(re.findall(r"threadkeep ([a-z]+)", TUTORIAL.partition("## The same by hand")[2]))
    from threadkeep.cli.app import app

    assert named <= set(app.commands)
