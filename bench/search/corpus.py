"""Made-up chunks and queries: words as frequent as in English texts, vectors around as many topics as there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from threadkeep.storage import Chunk
from threadkeep.types.embedding import Embedding, EmbeddingSpace

DIMENSIONS: Final = 384
SPACE: Final = EmbeddingSpace("made up", DIMENSIONS)
FILE_CHUNKS: Final = 500
QUERIES: Final = 200

_WORDS_IN_CHUNK: Final = 120
_WORDS_IN_QUERY: Final = 5
_TOPIC_CHUNKS: Final = 50
_WORDS: Final = [f"w{number}" for number in range(50_000)]
_MIDDLING: Final = (20, 2_000)
_COMMON: Final = (5, 50)

Numbers: TypeAlias = npt.NDArray[np.float32]


class Query(NamedTuple):
    """Words of middling frequency, some that very many chunks hold, and a vector near that of one of the chunks."""

    text: str
    common: str
    vector: Numbers


class Corpus:
    """So many chunks, and what is asked of them: the same each time."""

    def __init__(self, size: int) -> None:
        self.size = size
        topic_count = max(size // _TOPIC_CHUNKS, 1)
        self._topics = _unit(np.random.default_rng(7).standard_normal((topic_count, DIMENSIONS)))

    def files(self) -> Iterator[int]:
        """The first chunk of each file."""
        return iter(range(0, self.size, FILE_CHUNKS))

    def vectors(self) -> Numbers:
        """Those of all chunks."""
        vectors = np.empty((self.size, DIMENSIONS), np.float32)
        for begin in self.files():
            vectors[begin : begin + FILE_CHUNKS] = self._vectors_of(begin)
        return vectors

    def chunks(self, begin: int) -> list[Chunk]:
        """The chunks of a file."""
        vectors = self._vectors_of(begin)
        random = np.random.default_rng([8, begin])
        words = random.zipf(1.3, (len(vectors), _WORDS_IN_CHUNK)) % len(_WORDS)
        texts = [" ".join([_WORDS[word] for word in listed]) for listed in words.tolist()]
        return [
            Chunk(text=text, embedding=Embedding(SPACE, [vector.tobytes()]))
            for text, vector in zip(texts, vectors, strict=True)
        ]

    def queries(self) -> list[Query]:
        """What is asked."""
        random = np.random.default_rng(9)
        near = random.integers(0, self.size, QUERIES)
        begins = near // FILE_CHUNKS * FILE_CHUNKS
        places = zip(begins.tolist(), (near - begins).tolist(), strict=True)
        vectors = np.stack([self._vectors_of(begin)[place] for begin, place in places])
        vectors = _unit(vectors + 0.03 * random.standard_normal(vectors.shape))
        texts = _texts(random, *_MIDDLING)
        return [*map(Query, texts, _texts(random, *_COMMON), vectors)]

    def _vectors_of(self, begin: int) -> Numbers:
        random = np.random.default_rng([7, begin])
        count = min(FILE_CHUNKS, self.size - begin)
        chosen = random.integers(0, len(self._topics), count)
        noise = 0.05 * random.standard_normal((count, DIMENSIONS))
        return _unit(self._topics[chosen] + noise)


def _texts(random: np.random.Generator, commonest: int, rarest: int) -> list[str]:
    words = random.integers(commonest, rarest, (QUERIES, _WORDS_IN_QUERY))
    return [" ".join([_WORDS[word] for word in listed]) for listed in words.tolist()]


def _unit(vectors: npt.NDArray[Any]) -> Numbers:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
