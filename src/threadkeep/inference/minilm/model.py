"""all-MiniLM-L6-v2 in 8-bit integers, run by onnxruntime on one thread: nothing leaves the machine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threadkeep.errors import EmbeddingRefusedError
from threadkeep.inference.embedding import Purpose
from threadkeep.inference.minilm.wordpiece import bert_uncased
from threadkeep.types.embedding import EmbeddingSpace, Vector

if TYPE_CHECKING:
    from threadkeep.inference.minilm.network import Network

NAME: Final = "all-MiniLM-L6-v2-int8"
DIMENSIONS: Final = 384
MAX_TOKENS: Final = 254
"""256 with the two that say where a text begins and ends (so it was trained)."""
SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"

_BEGIN: Final = 101
_END: Final = 102


class MiniLM:
    """Loaded with the first text, in less than a second; 256 tokens take some 50 ms of one core.

    Texts go one by one: together they are no faster on a processor, and each would change the scale by which the
    others are rounded. So a text has the same vector whatever it is embedded with.
    """

    def __init__(self, path: Path, sha256: str = SHA256) -> None:
        self._path = path
        self._sha256 = sha256
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="threadkeep embedding")
        self._network: Network | None = None

    @property
    def name(self) -> str:
        """Tells it from others."""
        return NAME

    @property
    def max_tokens(self) -> int:
        """It reads so many tokens of a text."""
        return MAX_TOKENS

    async def space(self) -> EmbeddingSpace:
        """384 dimensions."""
        return EmbeddingSpace(NAME, DIMENSIONS)

    async def embed(
        self,
        texts: Sequence[str],
        purpose: Purpose,  # noqa: ARG002 - the model makes no difference
    ) -> list[Vector]:
        """A vector for each text, in their order. Raises `EmbeddingRefusedError` if the model cannot be loaded."""
        loop = asyncio.get_running_loop()
        return [await loop.run_in_executor(self._thread, self._embed, text) for text in texts]

    def close(self) -> None:
        """Let go of the model; what is under way is of no more use."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _embed(self, text: str) -> Vector:
        if self._network is None:
            self._network = _loaded(self._path, self._sha256)
        return self._network.vector_of([_BEGIN, *bert_uncased().ids(text)[:MAX_TOKENS], _END])


def _loaded(path: Path, sha256: str) -> Network:
    """The model, once its bytes are those that are known."""
    from threadkeep.inference.minilm.network import Network  # noqa: PLC0415 - only who embeds pays

    try:
        data = path.read_bytes()
    except OSError as error:
        raise EmbeddingRefusedError(f"The embedding model cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise EmbeddingRefusedError(f"{path} is not the embedding model that it should be.")
    return Network(data)
