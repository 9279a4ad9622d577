"""`threadkeep demo`: a real conversation from nothing, through a server's port and our own client."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import click

from threadkeep.cli import options
from threadkeep.cli.demo_conversation import DemoConversation, show_field
from threadkeep.cli.demo_server import running_server

SMALL_MODEL = "smollm2-135m"
ITS_LIMITS = "It is tiny and often wrong: it shows that everything is wired up, and no more."


@click.command()
@options.upstream
@options.local_model
@click.option(
    "--database", metavar="sqlite:///FILE", help="Where to keep it; else in the user's cache."
)
def demo(upstream: str | None, local_model: str | None, database: str | None) -> None:
    """Hold a conversation with a small model on this machine, and say how to go on.

    The first time the model is downloaded: 93 MB. The demo asks nothing and ends by itself; its
    exit code tells whether all went as it must.
    """
    from threadkeep.inference.catalogue import models_folder
    from threadkeep.settings.environment import environment

    started_at = time.monotonic()
    models = models_folder(environment())
    folder = models.parent
    folder.mkdir(parents=True, exist_ok=True)
    database = database or f"sqlite:///{folder / 'demo.db'}"
    click.secho("Threadkeep: a conversation on this machine\n", bold=True)
    flags = [*model_flags(upstream, local_model, models), "--database", database]
    show_field("Server", f"threadkeep serve {' '.join(flags)}")
    with running_server(flags, folder / "demo.log", on_progress) as server:
        show_field("", f"listens on {server.base_url}")
        thread_id = DemoConversation(server).hold()
    click.secho(f"All of it worked, in {time.monotonic() - started_at:.0f} seconds.", bold=True)
    say_how_to_go_on(database, thread_id, upstream, local_model)


def model_flags(upstream: str | None, local_model: str | None, folder: Path) -> list[str]:
    """What `serve` must be told about the model; the small one is pulled if it is not here."""
    if upstream:
        show_field("Model", f"at {upstream}")
        return ["--upstream", upstream]
    if local_model:
        show_field("Model", local_model)
        return ["--model", local_model]
    from threadkeep.cli.models import pulled
    from threadkeep.inference.catalogue import find

    show_field("Model", f"{find(SMALL_MODEL).title}, on the CPU")
    show_field("", ITS_LIMITS)
    pulled(SMALL_MODEL, folder)
    return ["--model", SMALL_MODEL]


def say_how_to_go_on(
    database: str, thread_id: str, upstream: str | None, local_model: str | None
) -> None:
    """Three lines: chat by hand, one's own code, one's own model."""
    command = command_here()
    model = f"THREADKEEP_UPSTREAM_URL={upstream} " if upstream else ""
    model = f"THREADKEEP_LOCAL_MODEL={local_model} " if local_model else model
    click.echo()
    show_field("By hand", f"{model}{command} chat --database {database} --thread {thread_id}")
    code = "OPENAI_BASE_URL=http://127.0.0.1:8400/v1 OPENAI_API_KEY=any"
    show_field("Your code", f"{command} serve, and for your program {code}")
    show_field(
        "Your model", f"{command} serve --model file.gguf, or --upstream http://127.0.0.1:11434/v1"
    )


def on_progress(line: str) -> None:
    """Print how far the server has come."""
    show_field("", line)


def command_here() -> str:
    """How to call this command from the folder where one is."""
    if shutil.which("threadkeep"):
        return "threadkeep"
    script = Path(sys.executable).with_name("threadkeep")
    return str(script.relative_to(Path.cwd())) if script.is_relative_to(Path.cwd()) else str(script)
