"""Vector stores: objects that hold files for search."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types.resource import Resource
from threadkeep.types.run import LastError
from threadkeep.types.unknown import Unknown


class FileCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files are in which status."""

    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    total: int = 0


class ExpiresAfter(msgspec.Struct, frozen=True, kw_only=True):
    """When a vector store expires, in days (1 to 365) since it was last used."""

    anchor: str = "last_active_at"
    days: int


class StaticChunking(msgspec.Struct, frozen=True, kw_only=True):
    """Chunk size (100 to 4096) and overlap (at most half of it), in tokens."""

    max_chunk_size_tokens: int = 800
    chunk_overlap_tokens: int = 400


class StaticChunkingStrategy(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="static"
):
    """Files are cut into chunks of a given size."""

    type: ClassVar[Literal["static"]] = "static"
    static: StaticChunking


class OtherChunkingStrategy(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="other"
):
    """How the file was cut is not known."""

    type: ClassVar[Literal["other"]] = "other"


ChunkingStrategy: TypeAlias = StaticChunkingStrategy | OtherChunkingStrategy | Unknown
Attributes: TypeAlias = dict[str, str | int | float | bool]


class VectorStore(Resource, frozen=True, kw_only=True):
    """Holds files for search. `status` is `expired`, `in_progress` or `completed`."""

    object: str = "vector_store"
    created_at: int = 0
    name: str | None = None
    description: str | None = None
    usage_bytes: int = 0
    file_counts: FileCounts = FileCounts()
    status: str = "completed"
    expires_after: ExpiresAfter | None = None
    expires_at: int | None = None
    last_active_at: int | None = None
    metadata: dict[str, str] | None = None


class VectorStoreDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting a vector store."""

    object: str = "vector_store.deleted"
    deleted: bool = True


class VectorStoreFile(Resource, frozen=True, kw_only=True):
    """A file's membership in a vector store; its id is the file's."""

    object: str = "vector_store.file"
    usage_bytes: int = 0
    created_at: int = 0
    vector_store_id: str = ""
    status: str = "in_progress"
    last_error: LastError | None = None
    chunking_strategy: ChunkingStrategy | msgspec.UnsetType = msgspec.UNSET
    attributes: Attributes | None = None


class VectorStoreFileDeleted(Resource, frozen=True, kw_only=True):
    """The answer to taking a file out of a vector store."""

    object: str = "vector_store.file.deleted"
    deleted: bool = True


class VectorStoreFileBatch(Resource, frozen=True, kw_only=True):
    """Files that were added to a vector store together."""

    object: str = "vector_store.file_batch"
    created_at: int = 0
    vector_store_id: str = ""
    status: str = "in_progress"
    file_counts: FileCounts = FileCounts()


class SearchContent(msgspec.Struct, frozen=True, kw_only=True):
    """Text of a file."""

    type: str = "text"
    text: str = ""


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was found; `score` is 0 to 1."""

    file_id: str
    filename: str = ""
    score: float = 0.0
    attributes: dict[str, Any] | None = None
    content: list[SearchContent] = []


class SearchResultsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a search."""

    object: str = "vector_store.search_results.page"
    search_query: list[str] = []
    data: list[SearchResult] = []
    has_more: bool = False
    next_page: str | None = None


class FileContentPage(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a file in a vector store."""

    object: str = "vector_store.file_content.page"
    data: list[SearchContent] = []
    has_more: bool = False
    next_page: str | None = None
