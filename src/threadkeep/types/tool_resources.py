"""Files and vector stores that the tools of an assistant or a thread may use."""

from __future__ import annotations

import msgspec


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
