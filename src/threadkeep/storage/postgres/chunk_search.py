"""Searching chunks in PostgreSQL: by words with the full-text index, by meaning with vectors, both fused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Final

from threadkeep.storage import ChunkHit
from threadkeep.storage.chunk_query import ChunkQuery
from threadkeep.storage.common_words import COMMON_CHUNKS, words_to_find
from threadkeep.storage.fusion import Candidates, best_of, fused
from threadkeep.storage.postgres.chunk_rows import indexed, scope
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.nearest import SearchedVectors, cosines
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Parameters, Row, Session
from threadkeep.storage.ranking import fits_of, score, words_of
from threadkeep.types.codec import decode
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStoreFile

_SEARCHED: Final = load_query("vector_stores/searched")
_COMMON: Final = load_query("chunks/common")
_MATCHING: Final = load_query("chunks/matching")
_ATTRIBUTES: Final = load_query("vector_store_files/attributes")
_FOUND: Final = load_query("chunks/found")


async def hits(
    session: Session, spaces: EmbeddingSpaces, query: ChunkQuery, now: float | None
) -> list[ChunkHit]:
    """The chunks that answer the query best, the best first."""
    searched = await session.rows(_SEARCHED, **_wanted(query), now=now)
    accepted = await _accepted_files(session, query)
    by_words = await _by_words(session, spaces, query, searched, accepted)
    by_meaning = [dict[int, float]() for _ in by_words]
    comparable = await _comparable(session, spaces, query, searched, accepted)
    if query.embedding is not None and comparable is not None:
        vectors = query.embedding.vectors
        by_meaning = await cosines(
            session, spaces, comparable, vectors, also=by_words, depth=query.depth
        )
    candidates = [Candidates(*each) for each in zip(by_words, by_meaning, strict=True)]
    best = fused(candidates, query.ranking, limit=query.limit, min_score=query.min_score)
    return await _hits(session, dict(best))


async def _comparable(
    session: Session,
    spaces: EmbeddingSpaces,
    query: ChunkQuery,
    searched: Sequence[Row],
    accepted: set[int] | None,
) -> SearchedVectors | None:
    """The vector stores whose vectors can be compared with those of the texts; None if there are none."""
    embedding = query.embedding
    space = None if embedding is None else await spaces.find(session, embedding.space)
    stores = [(store, count) for _, count, store, its in searched if its == space]
    if embedding is None or space is None or not stores:
        return None
    return SearchedVectors(
        project=query.project,
        vector_store_ids=[store for store, _ in stores],
        space=embedding.space,
        embedding_space=space,
        chunk_count=sum(count for _, count in stores),
        files=accepted,
    )


async def _by_words(
    session: Session,
    spaces: EmbeddingSpaces,
    query: ChunkQuery,
    searched: Sequence[Row],
    accepted: set[int] | None,
) -> list[dict[int, float]]:
    """For each text the chunks that fit its words best, and their scores."""
    word_lists = [words_of(text) for text in query.queries]
    common = await _common(session, searched, word_lists)
    has_meaning = await _has_meaning(session, spaces, query, searched)

    async def fitting(holding: dict[str, int]) -> list[dict[int, float]]:
        chosen = [words_to_find(words, holding, has_meaning=has_meaning) for words in word_lists]
        return await _fitting(session, query, searched, accepted, chosen)

    found = await fitting(dict.fromkeys(chain(*word_lists), 1) | common)
    if common and not all(found):  # perhaps no chunk holds the rarer words
        found = [one or other for one, other in zip(found, await fitting(common), strict=True)]
    return found


async def _common(
    session: Session, searched: Sequence[Row], word_lists: list[list[str]]
) -> dict[str, int]:
    """Words that many chunks hold, and about how many of those that are searched."""
    chunk_count = sum(count for _, count, *_ in searched)
    words = [*dict.fromkeys(chain(*word_lists))]
    if chunk_count <= COMMON_CHUNKS or not words:
        return {}
    rows = await session.rows(_COMMON, words=indexed(words))
    return {words[place - 1]: int(share * chunk_count) for place, share in rows}


async def _has_meaning(
    session: Session, spaces: EmbeddingSpaces, query: ChunkQuery, searched: Sequence[Row]
) -> bool:
    """Whether all that is searched is also compared by what it means."""
    if query.embedding is None or not query.ranking.embedding_weight:
        return False
    space = await spaces.find(session, query.embedding.space)
    return all(its == space for *_, its in searched)


async def _fitting(
    session: Session,
    query: ChunkQuery,
    searched: Sequence[Row],
    accepted: set[int] | None,
    word_lists: list[list[str]],
) -> list[dict[int, float]]:
    """For each list of words the chunks that fit them best, and their scores."""
    words = list(dict.fromkeys(chain(*word_lists)))
    if not words or not searched:
        return [{} for _ in word_lists]
    vector_stores = " | ".join(f"'{scope(seq)}'" for seq, *_ in searched)
    matching = await session.rows(
        _MATCHING, project=query.project, words=indexed(words), vector_stores=vector_stores
    )
    chunk_count = sum(count for _, count, *_ in searched)

    def ranked() -> list[dict[int, float]]:
        files: dict[int, int] = {}
        fits: dict[str, dict[int, float]] = {}
        for place, chunks, its_files, counts, word_counts in matching:
            files.update(zip(chunks, its_files, strict=True))
            held = zip(chunks, zip(counts, word_counts, strict=True), strict=True)
            fits[words[place - 1]] = fits_of(dict(held))

        def is_accepted(chunk: int) -> bool:
            return files[chunk] in (accepted or ())

        only = None if accepted is None else is_accepted
        return [
            best_of(score(listed, fits, chunk_count), query.depth, only) for listed in word_lists
        ]

    # A common word may be in each of a hundred thousand chunks; others go on meanwhile.
    return await asyncio.to_thread(ranked)


def _wanted(query: ChunkQuery) -> Parameters:
    return {"project": query.project, "vector_store_ids": list(query.vector_store_ids)}


async def _accepted_files(session: Session, query: ChunkQuery) -> set[int] | None:
    """The completed files of the vector stores that the filter lets through; None if there is none."""
    filters = query.filters
    if filters is None:
        return None
    return {
        file
        for file, body in await session.rows(_ATTRIBUTES, **_wanted(query))
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
    _, body, file, position, text, page, heading = row
    vector_store_file = decode(body, VectorStoreFile)
    return ChunkHit(
        vector_store_id=vector_store_file.vector_store_id,
        file_id=vector_store_file.id,
        filename=decode(file, File).filename,
        attributes=vector_store_file.attributes or {},
        position=position,
        text=text.decode(),
        score=reached,
        page=page,
        heading=heading,
    )
