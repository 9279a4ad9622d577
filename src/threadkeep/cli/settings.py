"""`threadkeep settings`: the settings that hold, and where each comes from."""

from __future__ import annotations

from pathlib import Path

import click

from threadkeep.cli import options
from threadkeep.cli.output import print_json, print_table
from threadkeep.settings.display import entries
from threadkeep.settings.environment import unknown_variables
from threadkeep.settings.loading import load


@click.command()
@options.settings_file
@options.as_json
def settings(settings_file: Path | None, as_json: bool) -> None:
    """Print the settings that hold, and where each comes from.

    Secrets are never printed: an API key shows as "set".
    """
    effective = load(file=settings_file)
    shown = entries(effective)
    if as_json:
        print_json(shown)
    else:
        rows = ((entry.key, entry.value, entry.source) for entry in shown)
        print_table(("Key", "Value", "Source"), rows, empty="")
    for odd in unknown_variables(effective.environ):
        click.echo(f"threadkeep: no setting has the variable {odd}", err=True)
