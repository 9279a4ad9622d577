"""Which files the code interpreters of assistants and threads list: beside their bodies, to be found by the file."""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from threadkeep.errors import MissingError
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import Query, load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import decode, encode
from threadkeep.types.thread import Thread
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources

OwnerT = TypeVar("OwnerT", Assistant, Thread)

_MISSING: Final = load_query("files/missing")


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


def add_references(
    session: Session, references: FileReferences[OwnerT], project: str, owner: OwnerT
) -> None:
    """Keep what a new object refers to. Raises `MissingError` if one of the files is not there."""
    file_ids = _file_ids(owner.tool_resources)
    if not file_ids:
        return
    wanted = json_list(file_ids)
    added = session.change(references.adding, project=project, id=owner.id, file_ids=wanted)
    if added < len(file_ids):
        (row,) = session.rows(_MISSING, project=project, file_ids=wanted)
        place: int = row[0]
        raise MissingError("file", file_ids[place])


def renew_references(
    session: Session, references: FileReferences[OwnerT], project: str, owner: OwnerT
) -> None:
    """Keep what an object refers to now. Raises `MissingError` if one of the files is not there."""
    session.change(references.dropping, project=project, id=owner.id)
    add_references(session, references, project, owner)


def remove_references(
    session: Session, references: FileReferences[OwnerT], project: str, file_id: str
) -> None:
    """Take a file out of every object that lists it."""
    rows = session.rows(references.of_file, project=project, file_id=file_id)
    for (body,) in rows:
        owner = decode(body, references.owner)
        resources = _without(owner.tool_resources, file_id)
        changed = encode(replace(owner, tool_resources=resources))
        session.change(references.replacing, project=project, id=owner.id, body=changed)


def _file_ids(resources: ToolResources | None) -> list[str]:
    listed = resources.code_interpreter if resources else None
    return list(dict.fromkeys(listed.file_ids or ())) if listed else []


def _without(resources: ToolResources | None, file_id: str) -> ToolResources:
    kept = [listed for listed in _file_ids(resources) if listed != file_id]
    code_interpreter = CodeInterpreterResources(file_ids=kept)
    return replace(resources or ToolResources(), code_interpreter=code_interpreter)
