"""How all records of a storage go to another one: as rows of columns that every storage has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeAlias

import msgspec

PortableRow: TypeAlias = tuple[Any, ...]
"""The values of a table's columns, in their order: numbers, text, bytes, booleans or None."""
Cursor: TypeAlias = list[str | int]
"""Where in a table a page of rows ended; only the storage that gave it understands it."""


class PortableTable(msgspec.Struct, frozen=True):
    """A table and the columns that travel. What follows from these is made anew where they arrive."""

    name: str
    columns: tuple[str, ...]


_RECORD: Final = ("seq", "project", "id", "revision", "body")
_ON_THREAD: Final = (*_RECORD, "thread_id")

TABLES: Final = (
    PortableTable("files", (*_RECORD, "purpose", "expires_at")),
    PortableTable("assistants", _RECORD),
    PortableTable("assistant_files", ("project", "assistant_id", "file_id")),
    PortableTable("threads", _RECORD),
    PortableTable("thread_files", ("project", "thread_id", "file_id")),
    PortableTable("messages", (*_ON_THREAD, "run_id", "role", "status")),
    PortableTable(
        "runs",
        (
            *_ON_THREAD, "status", "worker", "epoch", "attempts", "due_at", "queued_at",
            "on_crash", "traceparent", "parked_usage",
        ),
    ),
    PortableTable(
        "run_steps",
        (*_ON_THREAD, "run_id", "status", "event_epoch", "first_event", "last_event"),
    ),
    PortableTable("embedding_spaces", ("seq", "model", "dimensions")),
    PortableTable(
        "vector_stores", (*_RECORD, "last_active_at", "expires_after_days", "embedding_space")
    ),
    PortableTable("file_batches", ("project", "vector_store_id", "id", "is_cancelled", "body")),
    PortableTable(
        "vector_store_files",
        (
            "seq", "project", "vector_store_id", "file_id", "batch_id", "status", "usage_bytes",
            "chunk_count", "worker", "epoch", "attempts", "revision", "body",
        ),
    ),
    PortableTable(
        "chunks",
        (
            "vector_store", "vector_store_file", "epoch", "position", "overlap", "text", "page",
            "heading",
        ),
    ),
    PortableTable(
        "chunk_vectors",
        ("vector_store_file", "epoch", "position", "embedding_space", "vectors"),
    ),
    PortableTable("idempotency_keys", ("project", "key", "fingerprint", "begun_at", "answer")),
)  # fmt: skip
"""Those that others refer to before those that refer to them.

Of chunks only those travel that can be found, of idempotency keys those that have an answer. Leases do not: whoever
held them is gone, and what they held is rescued. All vectors that a chunk has in a space are one value: floats of 16
bits, little endian, one vector after the other.
"""


class Dump(msgspec.Struct, frozen=True):
    """A page of rows; `cursor` is where the next one begins, None if this was the last."""

    rows: list[PortableRow]
    cursor: Cursor | None


class CopyProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a copy has come: what is in `cursors` has been begun, what is in `done` is there as a whole."""

    source: str
    cursors: dict[str, Cursor] = {}
    done: list[str] = []


class Transfer(Protocol):
    """Reads all rows, and writes all rows of another storage. For a storage that nobody works on."""

    async def progress(self) -> CopyProgress | None:
        """The copy into this storage that was begun and not ended; None if there is none."""
        ...

    async def begin(self, source: str) -> CopyProgress:
        """Begin a copy from `source`, or go on with the one that was broken off.

        Raises `StorageError` if there are records here that do not come from it.
        """
        ...

    async def dump(self, table: PortableTable, after: Cursor | None, limit: int) -> Dump:
        """The rows after the cursor, from the beginning if it is None; at most `limit`."""
        ...

    async def load(
        self, table: PortableTable, rows: Sequence[PortableRow], progress: CopyProgress
    ) -> None:
        """Write rows, and how far the copy has come with them, in one go. What is there already stays."""
        ...

    async def counts(self) -> dict[str, int]:
        """How many rows there are to travel, by table."""
        ...

    async def end(self) -> None:
        """The copy is whole: from now on it is a storage like any other."""
        ...
