"""Chunks in SQLite: a table with a full-text index over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from heapq import nlargest
from typing import Final

from threadkeep.storage import Chunk, ChunkHit
from threadkeep.storage.ranking import score, words_of
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.parameters import json_list
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Parameters, Row, Session
from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.clock import Clock
from threadkeep.types.codec import decode
from threadkeep.types.file import File
from threadkeep.types.vector_store import VectorStoreFile

_INSERT: Final = load_query("chunks/insert")
_SEARCHED: Final = load_query("vector_stores/searched")
_MATCHING: Final = load_query("chunks/matching")
_ATTRIBUTES: Final = load_query("vector_store_files/attributes")
_FOUND: Final = load_query("chunks/found")
_IN_VECTOR_STORE: Final = load_query("vector_store_files/find")
_TEXTS: Final = load_query("chunks/texts")
_EXPIRE: Final = load_query("chunks/expire")
_SWEEP: Final = load_query("chunks/sweep")
_FORGET_DISCARDED: Final = load_query("chunks/forget_discarded")

CHUNKS_AT_A_TIME: Final = 25
"""As many as a transaction writes or frees: about 10 ms, in which nobody else can write."""


class Chunks:
    """Chunks of the completed files of a project's vector stores."""

    def __init__(self, database: Database, clock: Clock) -> None:
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
        wanted: Parameters = {"project": project, "vector_store_ids": json_list(vector_store_ids)}

        def work(session: Session) -> list[ChunkHit]:
            searched = session.rows(_SEARCHED, **wanted, now=self._clock.now())
            files, scores = _scores(session, project, searched, queries)
            accepted = set(files.values())
            if filters is not None:
                accepted &= _accepted_files(session, wanted, filters)
            ranked = (
                (reached, -chunk)
                for chunk, reached in scores.items()
                if files[chunk] in accepted and reached >= min_score
            )
            best = {-chunk: reached for reached, chunk in nlargest(limit, ranked)}
            return _hits(session, project, best)

        return await self._database.read(work)

    async def texts(self, project: str, vector_store_id: str, file_id: str) -> list[str] | None:
        """The text of a file, in parts that repeat nothing; None if the file is not in the vector store."""
        key = {"project": project, "vector_store_id": vector_store_id, "file_id": file_id}

        def work(session: Session) -> list[str] | None:
            if session.row(_IN_VECTOR_STORE, **key) is None:
                return None
            rows = session.rows(_TEXTS, **key, now=self._clock.now())
            return [text[overlap:] for overlap, text in rows]

        return await self._database.read(work)

    async def sweep(self, limit: int) -> int:
        """Free the space of at most `limit` chunks that nothing can find any more; how many it was."""
        swept = 0
        while swept < limit:
            wanted = min(limit - swept, CHUNKS_AT_A_TIME)
            freed = await self._database.write(partial(_sweep, now=self._clock.now(), limit=wanted))
            swept += freed
            if freed < wanted:
                break
        return swept


def chunk_rows(chunks: Sequence[Chunk]) -> list[Parameters]:
    """What the rows of a file's chunks hold, but for whose they are."""
    return [
        {"position": position, "overlap": chunk.overlap, "text": chunk.text}
        for position, chunk in enumerate(chunks)
    ]


def insert_chunks(session: Session, owner: Parameters, rows: Sequence[Parameters]) -> None:
    """Insert chunks of one file, in a transaction that does more."""
    for row in rows:
        session.change(_INSERT, **owner, **row)


def _sweep(session: Session, *, now: float, limit: int) -> int:
    """Free at most `limit` chunks; those of one expired vector store are given up before."""
    session.change(_EXPIRE, now=now)
    swept = session.change(_SWEEP, limit=limit)
    if swept < limit:
        session.change(_FORGET_DISCARDED)
    return swept


def _scores(
    session: Session, project: str, searched: Sequence[tuple[int, int]], queries: Sequence[str]
) -> tuple[dict[int, int], dict[int, float]]:
    """The file and the score of each chunk that holds a word of a query."""
    word_lists = [words_of(query) for query in queries]
    words = list(dict.fromkeys(word for listed in word_lists for word in listed))
    scope = " OR ".join(f'"{vector_store}"' for vector_store, _ in searched)
    expressions = [f'vector_store : ({scope}) AND text : "{word}"' for word in words if searched]
    files: dict[int, int] = {}
    fits: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for word, chunk, file, distance in session.rows(
        _MATCHING, project=project, words=json_list(expressions)
    ):
        files[chunk] = file
        fits[words[word]][chunk] = -distance
    return files, score(word_lists, fits, sum(count for _, count in searched))


def _accepted_files(session: Session, wanted: Parameters, filters: AttributeFilter) -> set[int]:
    """The completed files of the vector stores that the filter lets through."""
    return {
        file
        for file, body in session.rows(_ATTRIBUTES, **wanted)
        if filters.accepts(decode(body, VectorStoreFile).attributes or {})
    }


def _hits(session: Session, project: str, scores: dict[int, float]) -> list[ChunkHit]:
    """The chunks with their texts and files, in the order of `scores`."""
    rows = session.rows(_FOUND, project=project, seqs=json_list(scores))
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
        text=text,
        score=reached,
    )
