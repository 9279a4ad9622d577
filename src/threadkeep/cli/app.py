"""The command `threadkeep` and all that it can do."""

from __future__ import annotations

import click

from threadkeep.cli.assistants import assistants
from threadkeep.cli.chat import chat
from threadkeep.cli.completion import completion
from threadkeep.cli.copy import copy
from threadkeep.cli.demo import demo
from threadkeep.cli.doctor import doctor
from threadkeep.cli.messages import messages
from threadkeep.cli.migrate import migrate
from threadkeep.cli.models import models
from threadkeep.cli.runs import runs
from threadkeep.cli.serve import serve
from threadkeep.cli.settings import settings
from threadkeep.cli.threads import threads
from threadkeep.cli.vector_stores import vector_stores
from threadkeep.cli.worker import worker
from threadkeep.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="threadkeep %(version)s")
def app() -> None:
    """Keeps the Threads API alive: a server for assistants, threads and runs, and its client.

    \b
    threadkeep serve      start the server
    threadkeep chat       talk to it
    threadkeep doctor     see what was found, and why
    """  # noqa: D301 - click reads the \b


for command in (
    serve, worker, migrate, copy, chat, doctor, demo, assistants, threads, messages, runs,
    vector_stores, models, settings, completion,
):  # fmt: skip
    app.add_command(command)
