"""How files are to be cut into chunks, as callers say it, and as it is kept."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types.rule import RuleError
from threadkeep.types.vector_store import StaticChunking, StaticChunkingStrategy


class AutoChunkingInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="auto",
    forbid_unknown_fields=True,
):
    """The sizes are the server's: 800 tokens, 400 of them the end of the chunk before."""

    type: ClassVar[Literal["auto"]] = "auto"


class ChunkSizesInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many tokens a chunk may have, and how many of them repeat the end of the chunk before: at most half."""

    max_chunk_size_tokens: Annotated[int, msgspec.Meta(ge=100, le=4096)]
    chunk_overlap_tokens: Annotated[int, msgspec.Meta(ge=0)]

    def __post_init__(self) -> None:
        most, overlap = self.max_chunk_size_tokens // 2, self.chunk_overlap_tokens
        if overlap > most:
            message = (
                "Invalid '{path}': integer above maximum value. Expected a value <= "
                f"{most}, half of 'max_chunk_size_tokens', but got {overlap} instead."
            )
            raise RuleError("chunk_overlap_tokens", message, "integer_above_max_value")


class StaticChunkingInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="static",
    forbid_unknown_fields=True,
):
    """The sizes are the caller's."""

    type: ClassVar[Literal["static"]] = "static"
    static: ChunkSizesInput


ChunkingStrategyInput: TypeAlias = AutoChunkingInput | StaticChunkingInput


def chunking_strategy(
    given: ChunkingStrategyInput | None | msgspec.UnsetType,
) -> StaticChunkingStrategy:
    """What `given` comes to; left out, it is `auto`, which is echoed as the sizes that it stands for."""
    if not isinstance(given, StaticChunkingInput):
        return StaticChunkingStrategy(static=StaticChunking())
    sizes = StaticChunking(
        max_chunk_size_tokens=given.static.max_chunk_size_tokens,
        chunk_overlap_tokens=given.static.chunk_overlap_tokens,
    )
    return StaticChunkingStrategy(static=sizes)
