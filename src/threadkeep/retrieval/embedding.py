"""Gives chunks the vectors by which they are found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.retrieval.windows import Reach, Window, cut_chunk
from threadkeep.storage import Chunk
from threadkeep.types.embedding import Embedding, Vector


class ChunkEmbedder:
    """Embeds the chunks of one file, some at a time, in their order."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self._reach = Reach()
        self._vectors: dict[Window, Vector] = {}

    async def embedded(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """The next chunks of the file, with vectors.

        Raises `EmbeddingError`; then these chunks can be given again.
        """
        windows, reach = await asyncio.to_thread(self._cut, chunks)
        vectors = await self._embedded(dict.fromkeys(each for listed in windows for each in listed))
        space = await self._model.space()
        self._reach = reach
        self._vectors = {window: vectors[window] for window in reach.windows}
        return [
            _with(chunk, Embedding(space, [vectors[window] for window in listed]))
            for chunk, listed in zip(chunks, windows, strict=True)
        ]

    def _cut(self, chunks: Sequence[Chunk]) -> tuple[list[Sequence[Window]], Reach]:
        reach = self._reach
        windows: list[Sequence[Window]] = []
        for chunk in chunks:
            listed, reach = cut_chunk(chunk, reach, self._model.max_tokens)
            windows.append(listed)
        return windows, reach

    async def _embedded(self, windows: dict[Window, None]) -> dict[Window, Vector]:
        """The vectors of the windows; those that earlier chunks had are known."""
        fresh = [window for window in windows if window not in self._vectors]
        made = await self._model.embed([window.text for window in fresh], "passage")
        return self._vectors | dict(zip(fresh, made, strict=True))


def _with(chunk: Chunk, embedding: Embedding) -> Chunk:
    """The chunk with its embedding; one without text has none."""
    return msgspec.structs.replace(chunk, embedding=embedding) if embedding.vectors else chunk
