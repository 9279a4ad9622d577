"""Which file each chunk is of, in memory: a common word is in thousands of chunks, too many to ask the table for each.

They are loaded with the first search of a vector store; of what is added later only the new is loaded.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final, NamedTuple

from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Row, Session

_IN_SIGHT: Final = load_query("vector_store_files/in_sight")
_OF_FILES: Final = load_query("chunks/of_files")

_EPOCHS: Final = 1 << 24
"""More than a file has: each time that it is read it has another."""
_KEPT: Final = 100
"""Of so many vector stores it is remembered which files are in sight."""


class Sight(NamedTuple):
    """The chunks of some vector stores that can be found."""

    owners: array[int]
    files: frozenset[int]

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of `chunks/matching` whose chunk is one of them."""
        owners, files, end = self.owners, self.files, len(self.owners)
        return [row for row in rows if row[1] < end and owners[row[1]] in files]

    def file_of(self, chunk: int) -> int:
        """The file of one of them, by its seq."""
        return self.owners[chunk] // _EPOCHS


class ChunkOwners:
    """Of one database. For several threads: what is known of a chunk is never changed."""

    def __init__(self) -> None:
        self._owners = array("q")
        self._known: set[int] = set()
        self._files: OrderedDict[int, tuple[int, frozenset[int]]] = OrderedDict()
        self._turn = Lock()

    def in_sight(self, session: Session, project: str, searched: Sequence[Row]) -> Sight:
        """What can be found in vector stores, each a row of `vector_stores/searched`."""
        with self._turn:
            files = [
                self._files_of(session, project, store, version)
                for store, _, _, version in searched
            ]
        return Sight(self._owners, files[0].union(*files[1:]) if files else frozenset())

    def _files_of(
        self, session: Session, project: str, vector_store: int, version: int
    ) -> frozenset[int]:
        """The completed files of a vector store at their epochs, each as one number."""
        seen, files = self._files.get(vector_store, (None, frozenset[int]()))
        if seen != version:
            rows = session.rows(_IN_SIGHT, project=project, vector_store=vector_store)
            files = frozenset(file * _EPOCHS + epoch for file, epoch in rows)
            self._load(session, files - self._known)
            self._files[vector_store] = version, files
        self._files.move_to_end(vector_store)
        if len(self._files) > _KEPT:
            self._files.popitem(last=False)
        return files

    def _load(self, session: Session, files: frozenset[int]) -> None:
        """The chunks of files that are not known yet."""
        by_file = {file // _EPOCHS: file for file in files}
        rows = session.rows(_OF_FILES, files=json_list(by_file))
        last = max((chunk for chunk, *_ in rows), default=0)
        self._owners.extend([0] * (last + 1 - len(self._owners)))
        for chunk, file, epoch in rows:
            self._owners[chunk] = file * _EPOCHS + epoch
        self._known |= files
