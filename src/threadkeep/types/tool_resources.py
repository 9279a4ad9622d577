"""Files and vector stores that the tools of an assistant or a thread may use."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from threadkeep.types.metadata import Metadata


class CodeInterpreterResources(msgspec.Struct, frozen=True, kw_only=True):
    """Files that the code interpreter sees."""

    file_ids: list[str] | msgspec.UnsetType = msgspec.UNSET


class FileSearchResources(msgspec.Struct, frozen=True, kw_only=True):
    """Vector stores that file search looks in."""

    vector_store_ids: list[str] | msgspec.UnsetType = msgspec.UNSET


class ToolResources(msgspec.Struct, frozen=True, kw_only=True):
    """What each tool may use; a tool that has nothing is left out."""

    code_interpreter: CodeInterpreterResources | None | msgspec.UnsetType = msgspec.UNSET
    file_search: FileSearchResources | None | msgspec.UnsetType = msgspec.UNSET


class VectorStoreHelper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vector store to be made along with an assistant or a thread."""

    file_ids: list[str] | msgspec.UnsetType = msgspec.UNSET
    chunking_strategy: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET


class CodeInterpreterResourcesInput(
    CodeInterpreterResources, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """At most 20 files."""

    file_ids: Annotated[list[str], msgspec.Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET


class FileSearchResourcesInput(
    FileSearchResources, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """At most one vector store, or one to be made."""

    vector_store_ids: Annotated[list[str], msgspec.Meta(max_length=1)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    vector_stores: (
        Annotated[list[VectorStoreHelper], msgspec.Meta(max_length=1)] | msgspec.UnsetType
    ) = msgspec.UNSET


class ToolResourcesInput(ToolResources, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each tool is to use, as a caller sends it."""

    code_interpreter: CodeInterpreterResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
    file_search: FileSearchResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
