"""Which files the code interpreters of assistants and threads list: beside their bodies, to be found by the file.

Whoever comes to list a file locks it first, and whoever deletes one locks it first too: so either the one sees that it
is gone, or the other sees who lists it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from threadkeep.errors import MissingError
from threadkeep.storage.postgres.query import Query, load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import decode, encode
from threadkeep.types.thread import Thread
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources

OwnerT = TypeVar("OwnerT", Assistant, Thread)

_SHARE: Final = load_query("files/share")


class FileReferences(NamedTuple, Generic[OwnerT]):
    """The references of one kind of object, and the queries for them."""

    owner: type[OwnerT]
    adding: Query
    dropping: Query
    of_file: Query
    replacing: Query


def load_references(owner: type[OwnerT], folder: str) -> FileReferences[OwnerT]:
    """The references whose queries stand in `folder`."""
    return FileReferences(
        owner,
        load_query(f"{folder}/add_files"),
        load_query(f"{folder}/drop_files"),
        load_query(f"{folder}/of_file"),
        load_query(f"{folder}/replace"),
    )


ASSISTANT_FILES: Final = load_references(Assistant, "assistants")
THREAD_FILES: Final = load_references(Thread, "threads")


async def lock_files(session: Session, project: str, file_ids: Sequence[str]) -> str | None:
    """See to it that none of the files is deleted before the transaction ends; the first that is not there, or None.

    To be called before anything else is locked.
    """
    if not file_ids:
        return None
    rows = await session.rows(_SHARE, project=project, file_ids=file_ids)
    present = {row[0] for row in rows}
    return next((file_id for file_id in file_ids if file_id not in present), None)


async def lock_listed_files(session: Session, project: str, owner: Assistant | Thread) -> None:
    """Lock the files that an object is to list. Raises `MissingError` if one of them is not there."""
    missing = await lock_files(session, project, listed_files(owner.tool_resources))
    if missing is not None:
        raise MissingError("file", missing)


async def add_references(
    session: Session, references: FileReferences[OwnerT], project: str, owner: OwnerT
) -> None:
    """Keep what a new object lists: files that the transaction has locked."""
    file_ids = listed_files(owner.tool_resources)
    if file_ids:
        await session.change(references.adding, project=project, id=owner.id, file_ids=file_ids)


async def renew_references(
    session: Session, references: FileReferences[OwnerT], project: str, owner: OwnerT
) -> None:
    """Keep what an object lists now, and forget what it listed before."""
    await session.change(references.dropping, project=project, id=owner.id)
    await add_references(session, references, project, owner)


async def remove_references(
    session: Session, references: FileReferences[OwnerT], project: str, file_id: str
) -> None:
    """Take a file, which the transaction has locked, out of every object that lists it."""
    rows = await session.rows(references.of_file, project=project, file_id=file_id)
    for (body,) in rows:
        owner = decode(body, references.owner)
        resources = _without(owner.tool_resources, file_id)
        changed = encode(replace(owner, tool_resources=resources))
        await session.change(references.replacing, project=project, id=owner.id, body=changed)


def listed_files(resources: ToolResources | None) -> list[str]:
    """The files that the code interpreter lists, each once."""
    listed = resources.code_interpreter if resources else None
    return list(dict.fromkeys(listed.file_ids or ())) if listed else []


def _without(resources: ToolResources | None, file_id: str) -> ToolResources:
    kept = [listed for listed in listed_files(resources) if listed != file_id]
    code_interpreter = CodeInterpreterResources(file_ids=kept)
    return replace(resources or ToolResources(), code_interpreter=code_interpreter)
