"""`threadkeep models`: small models that can be pulled and run here."""

from __future__ import annotations

from pathlib import Path

import click

from threadkeep.cli.options import as_json
from threadkeep.cli.output import print_json, print_table
from threadkeep.cli.progress import shown_progress
from threadkeep.inference.catalogue import (
    CATALOGUE,
    CatalogueModel,
    find,
    models_folder,
)
from threadkeep.inference.catalogue import remove as remove_from
from threadkeep.settings.environment import environment

name_argument = click.argument("name", type=click.Choice(list(CATALOGUE)))


@click.group()
def models() -> None:
    """List, pull and remove small models that run on this machine's CPU."""


@models.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the models that can be pulled, and those that are here."""
    folder = models_folder(environment())
    if as_json:
        print_json([shown(model, folder) for model in CATALOGUE.values()])
        return
    rows = (
        (model.name, size(model), model.licence, place(model, folder), model.title)
        for model in CATALOGUE.values()
    )
    print_table(("Name", "Size", "Licence", "Here", "What it is"), rows, empty="")


@models.command("pull")
@name_argument
def pull(name: str) -> None:
    """Download a model and check it against its checksum."""
    folder = models_folder(environment())
    path = pulled(name, folder)
    click.echo(f"{name} is in {path}")


@models.command()
@name_argument
def remove(name: str) -> None:
    """Delete a model that was pulled."""
    was_there = remove_from(name, models_folder(environment()))
    click.echo(f"{name} is removed" if was_there else f"{name} was not here")


def pulled(name: str, folder: Path) -> Path:
    """The file of the model, downloaded if it is not here yet."""
    from threadkeep.inference.pulling import pull as download

    model = find(name)
    if not model.is_installed(folder):
        with shown_progress(model.title) as on_progress:
            download(name, folder, on_progress)
    return model.path(folder)


def shown(model: CatalogueModel, folder: Path) -> dict[str, object]:
    """A model as JSON."""
    return {
        "name": model.name,
        "title": model.title,
        "licence": model.licence,
        "source": model.source,
        "size_bytes": model.size_bytes,
        "sha256": model.sha256,
        "path": str(model.path(folder)) if model.is_installed(folder) else None,
    }


def size(model: CatalogueModel) -> str:
    """How large a model is."""
    return f"{model.size_bytes / 1e6:.0f} MB"


def place(model: CatalogueModel, folder: Path) -> str:
    """Where a model lies, if it is here."""
    return str(model.path(folder)) if model.is_installed(folder) else "no"
