"""A block of vectors in memory: some thousand chunks, each with its windows. It is made once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from threadkeep.storage.half_floats import NUMBER_BYTES

BLOCK_CHUNKS: Final = 4096
_EPOCHS: Final = 1 << 24
"""More than a file has: each time that it is read it has another."""

Numbers: TypeAlias = npt.NDArray[np.float32]
Seqs: TypeAlias = npt.NDArray[np.int64]


class Block:
    """Of rows of `chunk_vectors/page`: seq, chunk, file, epoch and vectors.

    Windows that a chunk shares with the chunk of its file before it are kept once.
    """

    def __init__(self, rows: Sequence[tuple[int, int, int, int, bytes]], dimensions: int) -> None:
        self.last = rows[-1][0]
        self.is_full = len(rows) == BLOCK_CHUNKS
        self.chunks: Seqs = np.array([row[1] for row in rows], np.int64)
        self.files: Seqs = np.array([row[2] for row in rows], np.int64)
        self._keys = file_keys(self.files, np.array([row[3] for row in rows], np.int64))
        windows = _Windows(dimensions * NUMBER_BYTES)
        for _, _, file, _, vectors in rows:
            windows.add(file, vectors)
        self._vectors: Numbers = (
            np.frombuffer(b"".join(windows.distinct), "<f2")
            .astype(np.float32)
            .reshape(-1, dimensions)
        )
        self._windows = np.array(windows.of_chunks, np.int32)
        self._starts = np.array(windows.starts, np.int32)

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        held = (self.chunks, self.files, self._keys, self._vectors, self._windows, self._starts)
        return sum(array.nbytes for array in held)

    def scores(self, queries: Numbers, in_sight: Seqs, files: Seqs | None) -> tuple[Seqs, Numbers]:
        """The chunks in sight, and for each query (a row) the cosine of the nearest window of each.

        Only of `files`, unless it is None.
        """
        seen = np.isin(self._keys, in_sight)
        if files is not None:
            seen &= np.isin(self.files, files)
        if not seen.any():
            return self.chunks[:0], np.zeros((len(queries), 0), np.float32)
        # Row by row on this thread: a product of matrices would take all cores, and keep them busy afterwards.
        of_windows = np.stack([np.vecdot(self._vectors, query) for query in queries])
        of_chunks = np.maximum.reduceat(of_windows[:, self._windows], self._starts, axis=1)
        return self.chunks[seen], of_chunks[:, seen]


class _Windows:
    """Gathers windows, each once: which there are, and which belong to which chunk."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._count = 0
        self._before: dict[int, tuple[bytes, list[int]]] = {}
        self.distinct: list[bytes] = []
        self.of_chunks: list[int] = []
        self.starts: list[int] = []

    def add(self, file: int, vectors: bytes) -> None:
        """The windows of the next chunk of a file."""
        before, places = self._before.get(file, (b"", []))
        shared = self._shared(before, vectors)
        fresh = len(vectors) // self._width - shared
        mine = [*places[len(places) - shared :], *range(self._count, self._count + fresh)]
        self._count += fresh
        self.distinct.append(vectors[shared * self._width :])
        self.starts.append(len(self.of_chunks))
        self.of_chunks += mine
        self._before[file] = vectors, mine

    def _shared(self, before: bytes, vectors: bytes) -> int:
        """With how many windows at the end of the one the other begins."""
        most = min(len(before), len(vectors)) // self._width
        for count in range(most, 0, -1):
            length = count * self._width
            if before[len(before) - length :] == vectors[:length]:
                return count
        return 0


def file_keys(files: Seqs, epochs: Seqs) -> Seqs:
    """A number for each file at its epoch."""
    return files * _EPOCHS + epochs
