"""Searching chunks in SQLite: by words with the full-text index, by meaning with vectors in memory, both fused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from threadkeep.storage import ChunkHit
from threadkeep.storage.chunk_query import ChunkQuery
from threadkeep.storage.common_words import COMMON_CHUNKS, MOST_CHUNKS, words_to_find
from threadkeep.storage.fusion import Candidates, best_of, fused
from threadkeep.storage.ranking import Fits, score, words_of
from threadkeep.storage.sqlite.chunk_owners import ChunkOwners, Sight
from threadkeep.storage.sqlite.embedding_spaces import find_space
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Row, Session
from threadkeep.types.codec import decode
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStoreFile

if TYPE_CHECKING:
    from threadkeep.storage.sqlite.vector_index import VectorIndex

_SEARCHED: Final = load_query("vector_stores/searched")
_COUNT_HOLDING: Final = load_query("chunks/count_holding")
_MATCHING: Final = load_query("chunks/matching")
_ATTRIBUTES: Final = load_query("vector_store_files/attributes")
_FOUND: Final = load_query("chunks/found")

_LAST: Final = load_query("chunks/last")

_FEW_OTHERS: Final = 4


class ChunkSearch:
    """Searches, and keeps at most `vector_bytes` of vectors in memory. For several threads."""

    def __init__(self, vector_bytes: int) -> None:
        self._vector_bytes = vector_bytes
        self._owners = ChunkOwners()

    def hits(self, session: Session, query: ChunkQuery, now: float) -> list[ChunkHit]:
        """The chunks that answer the query best, the best first."""
        searched = session.rows(_SEARCHED, **_wanted(query), now=now)
        accepted = _accepted_files(session, query)
        by_words = self._by_words(session, query, searched, accepted)
        by_meaning = self._by_meaning(session, query, searched, accepted, by_words)
        candidates = [Candidates(*each) for each in zip(by_words, by_meaning, strict=True)]
        best = fused(candidates, query.ranking, limit=query.limit, min_score=query.min_score)
        return _hits(session, query.project, dict(best))

    def _by_words(
        self,
        session: Session,
        query: ChunkQuery,
        searched: Sequence[Row],
        accepted: set[int] | None,
    ) -> list[dict[int, float]]:
        """For each text the chunks that fit its words best, and their scores."""
        scope = _scope(session, searched)
        chunk_count = sum(count for _, count, *_ in searched)
        sight = self._owners.in_sight(session, query.project, searched)
        word_lists = [words_of(text) for text in query.queries]
        if chunk_count > COMMON_CHUNKS:
            has_meaning = _has_meaning(session, query, searched)
            word_lists = _worthwhile(session, scope, word_lists, has_meaning=has_meaning)
        fits = _fits(session, scope, word_lists if searched else [], sight)

        def is_accepted(chunk: int) -> bool:
            return sight.file_of(chunk) in (accepted or ())

        only = None if accepted is None else is_accepted
        return [best_of(score(words, fits, chunk_count), query.depth, only) for words in word_lists]

    def _by_meaning(
        self,
        session: Session,
        query: ChunkQuery,
        searched: Sequence[Row],
        accepted: set[int] | None,
        by_words: Sequence[dict[int, float]],
    ) -> Sequence[dict[int, float]]:
        """For each text the cosines of the nearest chunks, and of those that hold its words."""
        embedding = query.embedding
        space = None if embedding is None else find_space(session, embedding.space)
        stores = [(store, version) for store, _, its, version in searched if its == space]
        if embedding is None or space is None or not stores:
            return [{} for _ in by_words]
        from threadkeep.storage.sqlite.vector_index import (  # noqa: PLC0415 - needs an extra
            SearchedVectors,
        )

        dimensions = embedding.space.dimensions
        return self._index.cosines(
            session,
            [
                SearchedVectors(query.project, store, space, dimensions, version)
                for store, version in stores
            ],
            embedding.vectors,
            accepted=accepted,
            also=by_words,
            depth=query.depth,
        )

    @cached_property
    def _index(self) -> VectorIndex:
        """Made when it is needed, as it needs an extra."""
        from threadkeep.storage.sqlite.vector_index import VectorIndex  # noqa: PLC0415

        return VectorIndex(self._vector_bytes)


def _fits(session: Session, scope: str, word_lists: Sequence[Sequence[str]], sight: Sight) -> Fits:
    """How well each of the words fits the chunks in sight that hold it."""
    words = list(dict.fromkeys(word for listed in word_lists for word in listed))
    fits: dict[str, dict[int, float]] = {word: {} for word in words}
    expressions = json_list(_expression(scope, word) for word in words)
    for word, chunk, distance in sight.of(session.rows(_MATCHING, words=expressions)):
        fits[words[word]][chunk] = -distance
    return fits


def _worthwhile(
    session: Session, scope: str, word_lists: list[list[str]], *, has_meaning: bool
) -> list[list[str]]:
    """The words without those that so many chunks hold that they say little."""
    words = list(dict.fromkeys(word for listed in word_lists for word in listed))
    expressions = json_list(_expression(scope, word) for word in words)
    counts = session.rows(_COUNT_HOLDING, words=expressions, limit=MOST_CHUNKS + 1)
    holding: dict[str, int] = {words[place]: count for place, count in counts if count}
    return [words_to_find(listed, holding, has_meaning=has_meaning) for listed in word_lists]


def _has_meaning(session: Session, query: ChunkQuery, searched: Sequence[Row]) -> bool:
    """Whether all that is searched is also compared by what it means."""
    if query.embedding is None or not query.ranking.embedding_weight:
        return False
    space = find_space(session, query.embedding.space)
    return all(its == space for _, _, its, _ in searched)


def _scope(session: Session, searched: Sequence[Row]) -> str:
    """What keeps the index from reading the chunks of others; where those are few, it would cost more than it saves."""
    (last,) = session.row(_LAST) or (0,)
    if sum(count for _, count, *_ in searched) * _FEW_OTHERS > last:
        return ""
    vector_stores = " OR ".join(f'"{vector_store}"' for vector_store, *_ in searched)
    return f"vector_store : ({vector_stores}) AND "


def _expression(scope: str, word: str) -> str:
    return f'{scope}text : "{word}"'


def _wanted(query: ChunkQuery) -> Parameters:
    return {"project": query.project, "vector_store_ids": json_list(query.vector_store_ids)}


def _accepted_files(session: Session, query: ChunkQuery) -> set[int] | None:
    """The completed files of the vector stores that the filter lets through; None if there is none."""
    filters = query.filters
    if filters is None:
        return None
    return {
        file
        for file, body in session.rows(_ATTRIBUTES, **_wanted(query))
        if filters.accepts(decode(body, VectorStoreFile).attributes or {})
    }


def _hits(session: Session, project: str, scores: dict[int, float]) -> list[ChunkHit]:
    """The chunks with their texts and files, in the order of `scores`."""
    rows = session.rows(_FOUND, project=project, seqs=json_list(scores))
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
        text=text,
        score=reached,
        page=page,
        heading=heading,
    )
