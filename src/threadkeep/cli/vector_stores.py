"""`threadkeep vector-stores`: what files are searched in."""

from __future__ import annotations

from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.progress import shown_files
from threadkeep.cli.wording import file_counts

_LOOK_SECONDS: Final = 0.5


@click.group("vector-stores")
def vector_stores() -> None:
    """Look after vector stores."""


@vector_stores.command()
@click.argument("vector_store_id")
@at_address
def reindex(address: Address, vector_store_id: str) -> None:
    """Embed a vector store anew, with the embedding model that the server has now.

    No file is read again. Until all is done it is searched as before; what was broken off goes on where it was.
    """
    with address.connect() as client:
        embedded = 0
        while True:
            done = client.vector_stores.reindex(vector_store_id)
            embedded += done.embedded_count
            click.echo(f"{embedded} chunks embedded, {done.remaining_count} to go", err=True)
            if not done.remaining_count:
                break
            if not done.embedded_count:
                raise click.ClickException("Nothing more can be embedded.")
    click.echo(f"{vector_store_id} is searched by {done.embedding_model}.")


@vector_stores.command()
@click.argument("vector_store_id")
@at_address
def watch(address: Address, vector_store_id: str) -> None:
    """Show how many files of a vector store are read, until none is in progress, and why some cannot be."""
    from threadkeep.client.pause import pause

    with address.connect() as client, shown_files() as show:
        while True:
            counts = client.vector_stores.retrieve(vector_store_id).file_counts
            show(counts)
            if not counts.in_progress:
                break
            pause(_LOOK_SECONDS)
        click.echo(f"{vector_store_id}: {file_counts(counts)}")
        for file in client.vector_stores.files.list(vector_store_id, filter="failed", limit=100):
            name = client.files.retrieve(file.id).filename
            click.echo(f"  {name}: {file.last_error.message if file.last_error else ''}")
