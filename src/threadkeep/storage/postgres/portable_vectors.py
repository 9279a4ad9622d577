"""Vectors on their way to and from another storage: here each is a row, there all of a chunk are one value. Pure.

The value is that of the column where nodes compare vectors. Where the server does (`compares`), it has a type for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from struct import unpack
from typing import Final

from threadkeep.storage.contract.transfer import PortableRow
from threadkeep.storage.half_floats import NUMBER_BYTES
from threadkeep.storage.postgres.nearest import numbers_text
from threadkeep.storage.postgres.query import Query, load_query
from threadkeep.storage.postgres.session import Parameters
from threadkeep.types.embedding import EmbeddingSpace

_LOAD: Final = load_query("transfer/load_chunk_vectors")
_LOAD_HALFVEC: Final = load_query("transfer/load_chunk_vectors_halfvec")
_COLUMNS: Final = ("vector_store_file", "epoch", "position", "embedding_space", "place", "vector")


def vector_bytes(*, compares: bool) -> str:
    """What a statement reads of a vector: its numbers, which the server sends big endian and behind their count."""
    return "substr(halfvec_send(vector), 5)" if compares else "vector"


def portable_vectors(read: bytes, *, compares: bool) -> bytes:
    """What it has read of all vectors of a chunk, as that travels."""
    if not compares:
        return read
    numbers = array("H", read)
    numbers.byteswap()
    return numbers.tobytes()


def load_vectors_query(*, compares: bool) -> Query:
    """Writes what `vector_columns` gives."""
    return _LOAD_HALFVEC if compares else _LOAD


def vector_columns(
    rows: Iterable[PortableRow], spaces: Mapping[int, EmbeddingSpace], *, compares: bool
) -> Parameters:
    """Rows that have travelled, in columns for as many rows as there are vectors."""
    flat = [
        (*owner, place, _text(vector) if compares else vector)
        for *owner, vectors in rows
        for place, vector in enumerate(_parts(vectors, spaces[owner[-1]].dimensions))
    ]
    return {name: [row[place] for row in flat] for place, name in enumerate(_COLUMNS)}


def _parts(vectors: bytes, dimensions: int) -> Iterator[bytes]:
    width = dimensions * NUMBER_BYTES
    for start in range(0, len(vectors), width):
        yield vectors[start : start + width]


def _text(vector: bytes) -> str:
    return numbers_text(unpack(f"<{len(vector) // NUMBER_BYTES}e", vector))
