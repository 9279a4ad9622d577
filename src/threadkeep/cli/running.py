"""Runs a command. What goes wrong becomes one line on standard error and an exit code.

0: done. 1: it did not work. 2: the command line or the settings are wrong. 130: interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from threadkeep.cli.app import app
from threadkeep.errors import (
    APIConnectionError,
    APIStatusError,
    SettingsError,
    StorageBusyError,
    ThreadkeepError,
)
from threadkeep.settings.environment import environment
from threadkeep.types.problem import Problem

INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name; the exit code."""
    colors = False if environment().get("NO_COLOR") else None
    try:
        return (
            app.main(list(arguments), prog_name="threadkeep", standalone_mode=False, color=colors)
            or 0
        )
    except click.ClickException as error:
        return failed(error.format_message() + hint(error), error.exit_code)
    except click.Abort:
        return INTERRUPTED
    except SettingsError as error:
        return failed(str(error), 2)
    except ThreadkeepError as error:
        return failed(explanation(error), 1)


def failed(message: str, code: int) -> int:
    """Say on standard error what went wrong, on one line."""
    click.echo(f"threadkeep: {' '.join(message.split())}", err=True)
    return code


def hint(error: click.ClickException) -> str:
    """Where to read about a command that was not used as it must be."""
    context = getattr(error, "ctx", None)
    if not isinstance(error, click.UsageError) or not isinstance(context, click.Context):
        return ""
    return f" (see {context.command_path} --help)"


def explanation(error: ThreadkeepError) -> str:
    """What went wrong, and what to do where that is known."""
    match error:
        case APIConnectionError():
            return (
                f"the server did not answer: {error}. Is it running? `threadkeep serve` starts it"
            )
        case StorageBusyError():
            return (
                f"{str(error).removesuffix('.')}; stop the server that uses it, or talk to that with"
                " --base-url. For more than one process, set database to postgresql://…"
            )
        case APIStatusError():
            return said_by_server(error)
        case _:
            return str(error)


def said_by_server(error: APIStatusError) -> str:
    """The server's own words."""
    try:
        return msgspec.convert(error.body, Problem).message
    except msgspec.ValidationError:
        return error.message
