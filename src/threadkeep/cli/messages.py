"""`threadkeep messages`: what was said on a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first, print_list
from threadkeep.cli.options import as_json, limit
from threadkeep.cli.output import print_fields, print_resource
from threadkeep.cli.wording import metadata, said, time
from threadkeep.types.message import Message

COLUMNS: Final[Mapping[str, Callable[[Message], str]]] = {
    "Id": lambda message: message.id,
    "Created": lambda message: time(message.created_at),
    "Role": lambda message: message.role,
    "Status": lambda message: message.status,
    "Text": said,
}
"""Of the list of messages."""


@click.group()
def messages() -> None:
    """List and show messages."""


@messages.command("list")
@click.argument("thread_id")
@limit
@as_json
@at_address
def list_(address: Address, thread_id: str, limit: int, as_json: bool) -> None:
    """List the messages of a thread, newest first."""
    with address.connect() as client:
        listed = client.threads.messages.list
        found = first(limit, lambda size: listed(thread_id, limit=size))
    print_list(found, COLUMNS, as_json=as_json, empty="There are no messages on this thread.")


@messages.command()
@click.argument("thread_id")
@click.argument("message_id")
@as_json
@at_address
def show(address: Address, thread_id: str, message_id: str, as_json: bool) -> None:
    """Show one message."""
    with address.connect() as client:
        message = client.threads.messages.retrieve(message_id, thread_id=thread_id)
    if as_json:
        print_resource(message)
        return
    print_fields(
        (
            ("Id", message.id),
            ("Created", time(message.created_at)),
            ("Role", message.role),
            ("Status", message.status),
            ("Run", message.run_id or ""),
            ("Metadata", metadata(message.metadata)),
            ("Text", said(message)),
        )
    )
