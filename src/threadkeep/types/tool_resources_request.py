"""What tools may use, as callers send it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from threadkeep.types.chunking_request import ChunkingStrategyInput
from threadkeep.types.metadata import Metadata
from threadkeep.types.rule import excluded
from threadkeep.types.tool_resources import (
    CodeInterpreterResources,
    FileSearchResources,
    ToolResources,
)

CodeInterpreterFileIds = Annotated[list[str], msgspec.Meta(max_length=20)]
VectorStoreIds = Annotated[list[str], msgspec.Meta(max_length=1)]
VectorStoreHelperFileIds = Annotated[list[str], msgspec.Meta(max_length=10_000)]


class VectorStoreHelper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vector store to be made along with an assistant or a thread."""

    file_ids: VectorStoreHelperFileIds | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: ChunkingStrategyInput | None | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET


class CodeInterpreterResourcesInput(
    CodeInterpreterResources, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """At most 20 files."""

    file_ids: CodeInterpreterFileIds | msgspec.UnsetType = msgspec.UNSET


class FileSearchResourcesInput(
    FileSearchResources, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """At most one vector store."""

    vector_store_ids: VectorStoreIds | msgspec.UnsetType = msgspec.UNSET


class NewFileSearchResourcesInput(FileSearchResourcesInput, frozen=True, kw_only=True):
    """At most one vector store, or one to be made."""

    vector_stores: (
        Annotated[list[VectorStoreHelper], msgspec.Meta(max_length=1)] | msgspec.UnsetType
    ) = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.vector_store_ids and self.vector_stores:
            raise excluded("vector_stores", "vector_store_ids")


class ToolResourcesInput(ToolResources, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each tool is to use, as a caller says it of what is there already."""

    code_interpreter: CodeInterpreterResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
    file_search: FileSearchResourcesInput | None | msgspec.UnsetType = msgspec.UNSET


class NewToolResourcesInput(ToolResourcesInput, frozen=True, kw_only=True):
    """What each tool is to use, as a caller says it of what is to be made: a vector store may be made along with it."""

    file_search: NewFileSearchResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
