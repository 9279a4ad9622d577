"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from threadkeep.types.resource import Resource

WIDTH_WITHOUT_TERMINAL = 200
"""Room for rows in a file or a pipe, where there is no line to fit in."""


def print_rendered(table: Table) -> None:
    """Print without blanks at the ends of lines. Colours only where a terminal shows them."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    console = Console(highlight=False, markup=False, width=width)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """Print rows under their columns. The last column gives way where the line is too short."""
    listed = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not listed:
        click.echo(empty)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns[:-1]:
        longest = max(len(row[len(table.columns)]) for row in listed)
        table.add_column(column, no_wrap=True, min_width=max(longest, len(column)))
    table.add_column(columns[-1], no_wrap=True, overflow="ellipsis")
    for row in listed:
        table.add_row(*map(Text, row))
    print_rendered(table)


def print_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Print names and values below each other; a long value is wrapped beside its name."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in fields:
        table.add_row(name, Text(value))
    print_rendered(table)


def print_json(shown: object) -> None:
    """Print plain data or structs as JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode())


def print_resource(resource: Resource | Sequence[Resource]) -> None:
    """Print an object of the API, or a list of them, as JSON, with all that the server sent."""
    is_one = isinstance(resource, Resource)
    print_json(resource.to_dict() if is_one else [each.to_dict() for each in resource])
