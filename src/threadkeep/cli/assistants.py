"""`threadkeep assistants`: what recipes there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first, print_list
from threadkeep.cli.options import as_json, limit
from threadkeep.cli.output import print_fields, print_resource
from threadkeep.cli.wording import metadata, time, tool_names
from threadkeep.types.assistant import Assistant

COLUMNS: Final[Mapping[str, Callable[[Assistant], str]]] = {
    "Id": lambda assistant: assistant.id,
    "Created": lambda assistant: time(assistant.created_at),
    "Model": lambda assistant: assistant.model,
    "Tools": lambda assistant: tool_names(assistant.tools),
    "Name": lambda assistant: assistant.name or "",
}
"""Of the list of assistants."""


@click.group()
def assistants() -> None:
    """List and show assistants."""


@assistants.command("list")
@limit
@as_json
@at_address
def list_(address: Address, limit: int, as_json: bool) -> None:
    """List assistants, newest first."""
    with address.connect() as client:
        found = first(limit, lambda size: client.assistants.list(limit=size))
    print_list(found, COLUMNS, as_json=as_json, empty="There are no assistants.")


@assistants.command()
@click.argument("assistant_id")
@as_json
@at_address
def show(address: Address, assistant_id: str, as_json: bool) -> None:
    """Show one assistant."""
    with address.connect() as client:
        assistant = client.assistants.retrieve(assistant_id)
    if as_json:
        print_resource(assistant)
        return
    print_fields(
        (
            ("Id", assistant.id),
            ("Created", time(assistant.created_at)),
            ("Name", assistant.name or ""),
            ("Description", assistant.description or ""),
            ("Model", assistant.model),
            ("Tools", tool_names(assistant.tools)),
            ("Instructions", assistant.instructions or ""),
            ("Metadata", metadata(assistant.metadata)),
        )
    )
