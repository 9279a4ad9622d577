"""`threadkeep threads`: what conversations there are, and what was said in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first, print_list
from threadkeep.cli.options import as_json, limit
from threadkeep.cli.output import print_fields, print_resource
from threadkeep.cli.wording import metadata, said, time
from threadkeep.types.thread import Thread

COLUMNS: Final[Mapping[str, Callable[[Thread], str]]] = {
    "Id": lambda thread: thread.id,
    "Created": lambda thread: time(thread.created_at),
    "Metadata": lambda thread: metadata(thread.metadata),
}
"""Of the list of threads."""


@click.group()
def threads() -> None:
    """List and show threads."""


@threads.command("list")
@limit
@as_json
@at_address
def list_(address: Address, limit: int, as_json: bool) -> None:
    """List threads, newest first."""
    with address.connect() as client:
        found = first(limit, lambda size: client.threads.list(limit=size))
    print_list(found, COLUMNS, as_json=as_json, empty="There are no threads.")


@threads.command()
@click.argument("thread_id")
@limit
@as_json
@at_address
def show(address: Address, thread_id: str, limit: int, as_json: bool) -> None:
    """Show one thread, and the latest of what was said on it."""
    with address.connect() as client:
        thread = client.threads.retrieve(thread_id)
        if as_json:
            print_resource(thread)
            return
        listed = client.threads.messages.list
        latest = first(limit, lambda size: listed(thread_id, limit=size))
    fields = (("Id", thread.id), ("Created", time(thread.created_at)))
    print_fields((*fields, ("Metadata", metadata(thread.metadata))))
    click.echo()
    print_fields((message.role, said(message)) for message in reversed(latest))
