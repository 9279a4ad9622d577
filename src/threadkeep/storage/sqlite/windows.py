"""Which windows the chunks of a block have, each kept once."""

from __future__ import annotations


class Windows:
    """Gathers them: which there are, and which belong to which chunk. Each has `width` bytes."""

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
