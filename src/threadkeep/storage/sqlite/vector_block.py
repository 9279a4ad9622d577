"""A block of vectors in memory: some thousand chunks, each with its windows. It is made once and never changed.

Of each window there are the signs of its numbers, a bit for each, that tell roughly how near it is to a query; and the
numbers themselves, unless they are left on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from threadkeep.storage.half_floats import NUMBER_BYTES
from threadkeep.storage.sqlite.windows import Windows

BLOCK_CHUNKS: Final = 4096
_EPOCHS: Final = 1 << 24
"""More than a file has: each time that it is read it has another."""
_ROWS_AT_A_TIME: Final = 64
_SIGN_BYTES: Final = 8
_SIGN_AND_REST: Final = np.int32(-0x70002000)
_EXPONENT_SHIFT: Final = np.float32(2.0**112)
"""The exponent of a float of 16 bits counts from -15, that of one of 32 from -127."""

Numbers: TypeAlias = npt.NDArray[np.float32]
Seqs: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]
Halves: TypeAlias = npt.NDArray[np.float16]
Signs: TypeAlias = npt.NDArray[np.uint64]
"""A column for each vector."""
Distances: TypeAlias = npt.NDArray[np.uint16]


class Block:
    """Of rows of `chunk_vectors/page`: seq, chunk, file, epoch and vectors.

    Windows that a chunk shares with the chunk of its file before it are kept once.
    """

    def __init__(
        self,
        rows: Sequence[tuple[int, int, int, int, bytes]],
        dimensions: int,
        *,
        has_vectors: bool,
    ) -> None:
        self.last = rows[-1][0]
        self.is_full = len(rows) == BLOCK_CHUNKS
        rows = sorted(rows, key=itemgetter(1))
        self.chunks: Seqs = np.array([row[1] for row in rows], np.int64)
        self.files: Seqs = np.array([row[2] for row in rows], np.int64)
        self._keys = file_keys(self.files, np.array([row[3] for row in rows], np.int64))
        windows = Windows(dimensions * NUMBER_BYTES)
        for _, _, file, _, vectors in rows:
            windows.add(file, vectors)
        distinct = np.frombuffer(b"".join(windows.distinct), "<f2").reshape(-1, dimensions)
        self._signs = signs_of(distinct)
        self._vectors = distinct if has_vectors else distinct[:0].copy()
        self._windows = np.array(windows.of_chunks, np.int32)
        self._starts = np.array([*windows.starts, len(windows.of_chunks)], np.int32)

    @property
    def has_vectors(self) -> bool:
        """Whether it has the numbers."""
        return len(self._vectors) > 0

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        own = (self.chunks, self.files, self._keys, self._windows, self._starts)
        return sum(array.nbytes for array in (*own, self._signs, self._vectors))

    def in_sight(self, keys: Seqs) -> Mask:
        """Which chunks are of files at these epochs."""
        return np.isin(self._keys, keys)

    def places(self, chunks: Seqs) -> Places:
        """Where those of the chunks stand that it has; they are in their order."""
        begin, end = np.searchsorted(chunks, (self.chunks[0], self.chunks[-1] + 1))
        places = np.searchsorted(self.chunks, chunks[begin:end])
        return places[self.chunks[places] == chunks[begin:end]]

    def distances(self, signs: Signs) -> Distances:
        """For each chunk in how many signs the nearest of its windows differs from a query."""
        of_windows = np.bitwise_count(self._signs ^ signs).sum(axis=0, dtype=np.uint16)
        return np.minimum.reduceat(of_windows[self._windows], self._starts[:-1])

    def cosines(self, places: Places, query: Numbers) -> Numbers:
        """For each of some chunks the cosine of the nearest of its windows, from the numbers."""
        counts = self._starts[places + 1] - self._starts[places]
        begins = np.repeat(self._starts[places] - np.cumsum(counts) + counts, counts)
        windows = self._windows[begins + np.arange(len(begins))]
        return cosines_of(self._vectors, windows, counts, query)


def cosines_of(
    vectors: Halves,
    windows: npt.NDArray[np.integer],
    counts: npt.NDArray[np.integer],
    query: Numbers,
) -> Numbers:
    """For each of some chunks the cosine of the nearest of its windows.

    `windows` are the rows of all these chunks one after the other, of which each has so many as `counts` says.
    """
    reached = np.empty(len(windows), np.float32)
    # A few rows at a time, so that memory is used again; and on this thread: a product of matrices takes all cores.
    for begin in range(0, len(windows), _ROWS_AT_A_TIME):
        few = slice(begin, begin + _ROWS_AT_A_TIME)
        np.vecdot(_widened(vectors[windows[few]]), query, out=reached[few])
    return np.maximum.reduceat(reached, np.cumsum(counts) - counts)


def signs_of(vectors: npt.NDArray[Any]) -> Signs:
    """Which numbers of each vector (a row) are above 0. They are floats; the bits of an integer tell the same."""
    bits = np.packbits(vectors.view(f"<i{vectors.itemsize}") > 0, axis=1)
    padding = -bits.shape[1] % _SIGN_BYTES
    return np.ascontiguousarray(np.pad(bits, ((0, 0), (0, padding))).view(np.uint64).T)


def _widened(vectors: Halves) -> Numbers:
    """The same numbers in 32 bits. numpy widens them one by one, which takes six times as long."""
    bits = vectors.view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= _SIGN_AND_REST
    numbers = bits.view(np.float32)
    numbers *= _EXPONENT_SHIFT
    return numbers


def file_keys(files: Seqs, epochs: Seqs) -> Seqs:
    """A number for each file at its epoch."""
    return files * _EPOCHS + epochs
