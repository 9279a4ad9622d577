"""Vectors of chunks as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from threadkeep.storage import Chunk
from threadkeep.storage.half_floats import halved
from threadkeep.storage.postgres.embedding_spaces import EmbeddingSpaces
from threadkeep.storage.postgres.held_file import HeldFile
from threadkeep.storage.postgres.nearest import vector_text
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.embedding import Embedding, EmbeddingSpace

_SEQS: Final = load_query("chunks/seqs")
_INSERT: Final = load_query("chunk_vectors/insert")
_INSERT_HALFVEC: Final = load_query("chunk_vectors/insert_halfvec")


async def insert_vectors(
    session: Session,
    spaces: EmbeddingSpaces,
    seqs: Mapping[EmbeddingSpace, int],
    embeddings: Mapping[int, Embedding],
) -> None:
    """Keep the vectors of chunks that the transaction has found; `seqs` are those of their spaces."""
    compares = await spaces.compares(session)
    for space, seq in seqs.items():
        rows = [
            (chunk, place, vector_text(vector) if compares else halved([vector]))
            for chunk, embedding in embeddings.items()
            if embedding.space == space
            for place, vector in enumerate(embedding.vectors)
        ]
        if rows:
            chunks, places, vectors = zip(*rows, strict=True)
            await session.change(
                _INSERT_HALFVEC if compares else _INSERT,
                embedding_space=seq,
                chunks=list(chunks),
                places=list(places),
                vectors=list(vectors),
            )


async def insert_vectors_of_file(
    session: Session,
    spaces: EmbeddingSpaces,
    seqs: Mapping[EmbeddingSpace, int],
    held: HeldFile,
    chunks: Iterable[Chunk],
    position: int,
) -> None:
    """Keep the vectors of chunks that the transaction has just inserted, of a file's from `position` on."""
    embeddings = {
        place: chunk.embedding for place, chunk in enumerate(chunks, position) if chunk.embedding
    }
    if embeddings:
        rows = await session.rows(
            _SEQS, file=held.seq, epoch=held.epoch, positions=list(embeddings)
        )
        await insert_vectors(session, spaces, seqs, {seq: embeddings[at] for at, seq in rows})


async def kept_spaces(
    spaces: EmbeddingSpaces, chunks: Sequence[Chunk]
) -> dict[EmbeddingSpace, int]:
    """The spaces of the chunks' vectors, and their seqs."""
    needed = {chunk.embedding.space for chunk in chunks if chunk.embedding}
    return {space: await spaces.keep(space) for space in needed}
