"""`threadkeep doctor`: what was found, and why; what each model name goes to; what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from threadkeep.cli import options
from threadkeep.cli.output import print_fields, print_json, print_table

if TYPE_CHECKING:
    from threadkeep.cli.diagnosis import Diagnosis


@click.command()
@options.as_json
@options.database
@options.upstream
@options.local_model
@options.settings_file
@click.pass_context
def doctor(
    context: click.Context, settings_file: Path | None, as_json: bool, **flags: str | None
) -> None:
    """Look at everything that decides whether a run will be answered here.

    The exit code is 1 if something is wrong.
    """
    from threadkeep.cli.diagnosis import diagnose

    diagnosis = asyncio.run(diagnose(options.effective_settings(settings_file, **flags)))
    if as_json:
        print_json(diagnosis)
    else:
        print_diagnosis(diagnosis)
    context.exit(1 if diagnosis.problems else 0)


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Show it section by section, what is wrong at the end."""
    print_fields(
        (
            ("Threadkeep", diagnosis.threadkeep),
            ("Python", f"{diagnosis.python}, {diagnosis.system}"),
            ("Extras", ", ".join(map(extra_text, diagnosis.extras.items()))),
            ("Settings", diagnosis.settings_file or "no file"),
            ("Storage", diagnosis.storage),
        )
    )
    findings = [(found.what, found.result, found.why) for found in diagnosis.chat_models]
    print_section(("Chat models looked for", "Result", "Why"), findings)
    upstreams = [(each.name, each.url, each.answer) for each in diagnosis.upstreams]
    print_section(("Upstream", "URL", "Answer"), upstreams)
    names = [(each.pattern, each.upstream) for each in diagnosis.model_names]
    print_section(("Model name", "Goes to"), names)
    for note in diagnosis.notes:
        click.echo(f"\nNote: {note}.")
    for problem in diagnosis.problems:
        click.echo(f"\nProblem: {problem}")
    if not diagnosis.problems:
        click.echo("\nEverything is in order.")


def print_section(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table below what came before; nothing if there is nothing to show."""
    if rows:
        click.echo()
        print_table(columns, rows, empty="")


def extra_text(extra: tuple[str, str | None]) -> str:
    """An extra, and what there is of it."""
    name, package = extra
    return f"{name} ({package})" if package else f"{name} (not installed)"
