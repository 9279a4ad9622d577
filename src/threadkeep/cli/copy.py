"""`threadkeep copy`: everything from one database into another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from threadkeep.cli import options
from threadkeep.cli.output import print_json, print_table

if TYPE_CHECKING:
    from threadkeep.storage.copying import Copied


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option(
    "--from-files", metavar="URL", help="file:///FOLDER of the source, if it has its own."
)
@click.option(
    "--to-files", metavar="URL", help="file:///FOLDER of the target, if it is to have its own."
)
@options.settings_file
@options.as_json
def copy(
    settings_file: Path | None,
    source: str,
    target: str,
    from_files: str | None,
    to_files: str | None,
    as_json: bool,
) -> None:
    """Copy everything from one database into another, with every id and the bytes of all files.

    FROM and TO are sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE. Stop all nodes
    before. TO must be empty, or hold what the same copy had brought when it was broken off: then it
    goes on. The records of FROM stay as they are.
    """
    from threadkeep.cli.copying import copied, settings_of

    done = copied(
        settings_of(settings_file, source, from_files), settings_of(settings_file, target, to_files)
    )
    if as_json:
        print_json(done)
    else:
        print_copied(done)


def print_copied(done: Copied) -> None:
    """Show what is in the copy."""
    rows = [(name.replace("_", " "), str(count)) for name, count in done.rows.items()]
    print_table(("Copied", "Count"), [*rows, ("file contents", str(done.contents))], empty="")
    for file_id in done.lost:
        click.echo(f"\nNote: the bytes of {file_id} are not there, so they could not be copied.")
    click.echo("\nThe copy has all that the source has.")
