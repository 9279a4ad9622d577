"""What callers send about vector stores, their files and batches of files."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from threadkeep.types.attribute_filter import AttributeFilter
from threadkeep.types.chunking_request import ChunkingStrategyInput
from threadkeep.types.metadata import Metadata
from threadkeep.types.page import PageQuery
from threadkeep.types.rule import excluded, missing

Name = Annotated[str, msgspec.Meta(max_length=256)]
Description = Annotated[str, msgspec.Meta(max_length=512)]
Query = Annotated[str, msgspec.Meta(min_length=1)]
FileIds = Annotated[list[str], msgspec.Meta(max_length=500)]
BatchFileIds = Annotated[list[str], msgspec.Meta(min_length=1, max_length=2000)]

AttributesInput: TypeAlias = Annotated[
    dict[
        Annotated[str, msgspec.Meta(max_length=64)],
        Annotated[str, msgspec.Meta(max_length=512)] | int | float | bool,
    ],
    msgspec.Meta(max_length=16),
]
"""At most 16 pairs, keys up to 64 characters; a value is a string up to 512 characters, a number or a boolean."""


class ExpiresAfterInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a vector store is to expire, in days since it was last used."""

    anchor: Literal["last_active_at"]
    days: Annotated[int, msgspec.Meta(ge=1, le=365)]


class VectorStoreUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /vector_stores/{id}: what is given replaces, null clears, what is left out stays."""

    name: Name | None | msgspec.UnsetType = msgspec.UNSET
    description: Description | None | msgspec.UnsetType = msgspec.UNSET
    expires_after: ExpiresAfterInput | None | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET


class VectorStoreCreate(VectorStoreUpdate, frozen=True, kw_only=True):
    """The body of POST /vector_stores; all of it may be left out. The chunking strategy is that of `file_ids`."""

    file_ids: FileIds | None | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: ChunkingStrategyInput | None | msgspec.UnsetType = msgspec.UNSET


class VectorStoreFileUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /vector_stores/{id}/files/{id}: the attributes take the place of those before."""

    attributes: AttributesInput | None


class VectorStoreFileCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /vector_stores/{id}/files, and an element of a batch's `files`."""

    file_id: str
    attributes: AttributesInput | None | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: ChunkingStrategyInput | None | msgspec.UnsetType = msgspec.UNSET


class VectorStoreFilePageQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of a vector store's or a batch's files, and in which status."""

    filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = None


class FileBatchCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /vector_stores/{id}/file_batches: ids that share everything, or files with their own."""

    file_ids: BatchFileIds | msgspec.UnsetType = msgspec.UNSET
    files: (
        Annotated[list[VectorStoreFileCreate], msgspec.Meta(min_length=1, max_length=2000)]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    attributes: AttributesInput | None | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: ChunkingStrategyInput | None | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if not self.file_ids and not self.files:
            raise missing("file_ids")
        if self.file_ids and self.files:
            raise excluded("files", "file_ids")

    @property
    def all_files(self) -> list[VectorStoreFileCreate]:
        """The files, each with what holds for it."""
        if self.files:
            return self.files
        return [
            VectorStoreFileCreate(
                file_id=file_id,
                attributes=self.attributes,
                chunking_strategy=self.chunking_strategy,
            )
            for file_id in self.file_ids or ()
        ]


class SearchRankingOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How results are ranked, and from which score (0 to 1) on they are given."""

    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class VectorStoreSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /vector_stores/{id}/search: one query, or several at once."""

    query: Query | Annotated[list[Query], msgspec.Meta(min_length=1)]
    rewrite_query: bool = False
    max_num_results: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10
    filters: AttributeFilter | None | msgspec.UnsetType = msgspec.UNSET
    ranking_options: SearchRankingOptions = SearchRankingOptions()

    @property
    def queries(self) -> list[str]:
        """All of them."""
        return [self.query] if isinstance(self.query, str) else self.query
