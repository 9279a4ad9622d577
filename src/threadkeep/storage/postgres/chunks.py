"""Chunks in PostgreSQL: a table with a full-text index over it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from heapq import nlargest
from typing import Final

from threadkeep.storage import ChunkHit
from threadkeep.storage.postgres.chunk_rows import CHUNKS_AT_A_TIME, indexed, scope
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.storage.ranking import fits_of, score, words_of
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStoreFile

_SEARCHED: Final = load_query("vector_stores/searched")
_MATCHING: Final = load_query("chunks/matching")
_ATTRIBUTES: Final = load_query("vector_store_files/attributes")
_FOUND: Final = load_query("chunks/found")
_IN_VECTOR_STORE: Final = load_query("vector_store_files/find")
_TEXTS: Final = load_query("chunks/texts")
_LOCK_EXPIRED: Final = load_query("vector_stores/lock_expired")
_GIVE_UP: Final = load_query("chunks/give_up")
_LOCK_DISCARDED: Final = load_query("chunks/lock_discarded")
_SWEEP: Final = load_query("chunks/sweep")
_FORGET_DISCARDED: Final = load_query("chunks/forget_discarded")


class Chunks:
    """Chunks of the completed files of a project's vector stores."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def search(
        self,
        project: str,
        vector_store_ids: Sequence[str],
        queries: Sequence[str],
        *,
        limit: int,
        filters: AttributeFilter | None = None,
        min_score: float = 0.0,
    ) -> list[ChunkHit]:
        """The chunks that answer the queries best, the best first, at most `limit`, none below `min_score`."""
        wanted: Parameters = {"project": project, "vector_store_ids": list(vector_store_ids)}

        async def work(session: Session) -> list[ChunkHit]:
            now = given_now(self._clock)
            searched = await session.rows(_SEARCHED, **wanted, now=now)
            files, scores = await _scores(session, searched, queries)
            accepted = set(files.values())
            if filters is not None:
                accepted &= await _accepted_files(session, wanted, filters)
            ranked = (
                (reached, -chunk)
                for chunk, reached in scores.items()
                if files[chunk] in accepted and reached >= min_score
            )
            best = {-chunk: reached for reached, chunk in nlargest(limit, ranked)}
            return await _hits(session, best)

        return await self._database.read(work)

    async def texts(self, project: str, vector_store_id: str, file_id: str) -> list[str] | None:
        """The text of a file, in parts that repeat nothing; None if the file is not in the vector store."""
        key = {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}

        async def work(session: Session) -> list[str] | None:
            if await session.row(_IN_VECTOR_STORE, **key) is None:
                return None
            rows = await session.rows(_TEXTS, **key, now=given_now(self._clock))
            return [text.decode()[overlap:] for overlap, text in rows]

        return await self._database.read(work)

    async def sweep(self, limit: int) -> int:
        """Free the space of at most `limit` chunks that nothing can find any more; how many it was."""
        swept, is_more = 0, True
        while is_more and swept < limit:
            freed, is_more = await self._sweep(min(limit - swept, CHUNKS_AT_A_TIME))
            swept += freed
        return swept

    async def _sweep(self, limit: int) -> tuple[int, bool]:
        """Free at most `limit` chunks; those of one expired vector store are given up before.

        How many it was, and whether there may be more.
        """

        async def work(session: Session) -> tuple[int, bool]:
            await _give_up_expired(session, given_now(self._clock))
            discarded = await session.rows(_LOCK_DISCARDED, limit=limit)
            if not discarded:
                return 0, False
            files, epochs = zip(*discarded, strict=True)
            swept = await session.change(_SWEEP, files=files, epochs=epochs, limit=limit)
            await session.change(_FORGET_DISCARDED, files=files, epochs=epochs)
            return swept, swept == limit or len(discarded) == limit

        return await self._database.write(work)


async def _give_up_expired(session: Session, now: float | None) -> None:
    row = await session.row(_LOCK_EXPIRED, now=now)
    if row is not None:
        await session.change(_GIVE_UP, project=row[0], vector_store_id=row[1])


async def _scores(
    session: Session, searched: Sequence[Row], queries: Sequence[str]
) -> tuple[dict[int, int], dict[int, float]]:
    """The file and the score of each chunk that holds a word of a query."""
    word_lists = [words_of(query) for query in queries]
    words = list(dict.fromkeys(word for listed in word_lists for word in listed))
    if not words or not searched:
        return {}, {}
    vector_stores = " | ".join(f"'{scope(seq)}'" for seq, _ in searched)
    matching = await session.rows(_MATCHING, words=indexed(words), vector_stores=vector_stores)
    chunk_count = sum(count for _, count in searched)
    # A common word may be in each of a hundred thousand chunks; others go on meanwhile.
    return await asyncio.to_thread(_ranked, matching, words, word_lists, chunk_count)


def _ranked(
    matching: Sequence[Row], words: list[str], word_lists: list[list[str]], chunk_count: int
) -> tuple[dict[int, int], dict[int, float]]:
    """The file and the score of each chunk, from rows of `chunks/matching`."""
    files: dict[int, int] = {}
    fits: dict[str, dict[int, float]] = {}
    for place, chunks, its_files, counts, word_counts in matching:
        files.update(zip(chunks, its_files, strict=True))
        held = zip(chunks, zip(counts, word_counts, strict=True), strict=True)
        fits[words[place - 1]] = fits_of(dict(held))
    return files, score(word_lists, fits, chunk_count)


async def _accepted_files(
    session: Session, wanted: Parameters, filters: AttributeFilter
) -> set[int]:
    """The completed files of the vector stores that the filter lets through."""
    return {
        file
        for file, body in await session.rows(_ATTRIBUTES, **wanted)
        if filters.accepts(decode(body, VectorStoreFile).attributes or {})
    }


async def _hits(session: Session, scores: dict[int, float]) -> list[ChunkHit]:
    """The chunks with their texts and files, in the order of `scores`."""
    if not scores:
        return []
    rows = await session.rows(_FOUND, seqs=list(scores))
    found = {row[0]: row for row in rows}
    return [_hit(found[chunk], reached) for chunk, reached in scores.items() if chunk in found]


def _hit(row: Row, reached: float) -> ChunkHit:
    """A hit from a row of `chunks/found`."""
    _, body, file, position, text = row
    vector_store_file = decode(body, VectorStoreFile)
    return ChunkHit(
        vector_store_id=vector_store_file.vector_store_id,
        file_id=vector_store_file.id,
        filename=decode(file, File).filename,
        attributes=vector_store_file.attributes or {},
        position=position,
        text=text.decode(),
        score=reached,
    )
