"""`threadkeep migrate`: brings the schema of a database up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from threadkeep.cli import options


@click.command()
@options.settings_file
@options.database
def migrate(settings_file: Path | None, **flags: str | None) -> None:
    """Bring the schema of the database up to date, and say what was done.

    Nodes that are at work on a PostgreSQL database go on meanwhile. A server does the same at its
    start, unless auto_migrate is false.
    """
    from threadkeep.places import migrated

    effective = options.effective_settings(settings_file, **flags)
    before, now, label = asyncio.run(migrated(effective.settings))
    if before == 0:
        click.echo(f"{label} was empty; it has schema version {now} now.")
    elif before < now:
        click.echo(f"{label} had schema version {before}; it has {now} now.")
    else:
        click.echo(f"{label} has schema version {now}; there was nothing to do.")
