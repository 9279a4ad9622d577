"""Threads: ordered messages of one conversation."""

from __future__ import annotations

import msgspec

from threadkeep.types.message import MessageCreate
from threadkeep.types.metadata import Metadata
from threadkeep.types.resource import Resource
from threadkeep.types.tool_resources import ToolResources
from threadkeep.types.tool_resources_request import NewToolResourcesInput, ToolResourcesInput


class Thread(Resource, frozen=True, kw_only=True):
    """A conversation."""

    object: str = "thread"
    created_at: int = 0
    metadata: dict[str, str] = {}
    tool_resources: ToolResources | None = None


class ThreadDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting a thread."""

    object: str = "thread.deleted"
    deleted: bool = True


class ThreadUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /threads/{id}."""

    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET
    tool_resources: ToolResourcesInput | None | msgspec.UnsetType = msgspec.UNSET


class ThreadCreate(ThreadUpdate, frozen=True, kw_only=True):
    """The body of POST /threads; all of it may be left out."""

    tool_resources: NewToolResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
    messages: list[MessageCreate] | msgspec.UnsetType = msgspec.UNSET
