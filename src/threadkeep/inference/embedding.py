"""Embedding models: the contract. An implementation turns texts into vectors that lie close if they mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from threadkeep.types.embedding import EmbeddingSpace, Vector

Purpose: TypeAlias = Literal["passage", "query"]
"""What a text is embedded for: to be found, or to find. Some models are told which."""


class EmbeddingModel(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Tells it from others, with all that makes its vectors different from theirs."""
        ...

    @property
    def max_tokens(self) -> int:
        """It reads so many tokens of a text; what comes after makes no difference."""
        ...

    async def space(self) -> EmbeddingSpace:
        """What its vectors can be compared in. Raises `EmbeddingError`."""
        ...

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> list[Vector]:
        """A vector for each text, in their order.

        Raises `EmbeddingError`; `EmbeddingRefusedError` if it is no use to ask again.
        """
        ...
