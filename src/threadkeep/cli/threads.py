"""`threadkeep threads`: what conversations there are, and what was said in one."""

from __future__ import annotations

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first
from threadkeep.cli.options import as_json, limit
from threadkeep.cli.output import print_fields, print_resource, print_table
from threadkeep.cli.wording import metadata, said, time


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
    if as_json:
        print_resource(found)
        return
    rows = ((t.id, time(t.created_at), metadata(t.metadata)) for t in found)
    print_table(("Id", "Created", "Metadata"), rows, empty="There are no threads.")


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
