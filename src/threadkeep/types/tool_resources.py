"""Files and vector stores that the tools of an assistant or a thread may use."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

FileIds = Annotated[list[str], msgspec.Meta(max_length=20)]
VectorStoreIds = Annotated[list[str], msgspec.Meta(max_length=1)]


class CodeInterpreterResources(msgspec.Struct, frozen=True, kw_only=True):
    """Files that the code interpreter sees; at most 20."""

    file_ids: FileIds | msgspec.UnsetType = msgspec.UNSET


class VectorStoreHelper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vector store to be made along with the assistant or thread."""

    file_ids: list[str] | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    metadata: dict[str, str] | None | msgspec.UnsetType = msgspec.UNSET


class FileSearchResources(msgspec.Struct, frozen=True, kw_only=True):
    """Vector stores that file search looks in; at most one. `vector_stores` is for requests only."""

    vector_store_ids: VectorStoreIds | msgspec.UnsetType = msgspec.UNSET
    vector_stores: (
        Annotated[list[VectorStoreHelper], msgspec.Meta(max_length=1)] | msgspec.UnsetType
    ) = msgspec.UNSET


class ToolResources(msgspec.Struct, frozen=True, kw_only=True):
    """What each tool may use; a tool that has nothing is left out."""

    code_interpreter: CodeInterpreterResources | None | msgspec.UnsetType = msgspec.UNSET
    file_search: FileSearchResources | None | msgspec.UnsetType = msgspec.UNSET
