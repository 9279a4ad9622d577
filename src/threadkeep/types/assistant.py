"""Assistants: stored recipes for runs."""

from __future__ import annotations

from typing import Annotated

import msgspec

from threadkeep.types.metadata import Metadata
from threadkeep.types.resource import Resource
from threadkeep.types.response_format import ResponseFormat, ResponseFormatInput
from threadkeep.types.run import ReasoningEffort, Temperature, TopP
from threadkeep.types.tool import Tool, ToolInput
from threadkeep.types.tool_resources import ToolResources
from threadkeep.types.tool_resources_request import NewToolResourcesInput, ToolResourcesInput

Name = Annotated[str, msgspec.Meta(max_length=256)]
Description = Annotated[str, msgspec.Meta(max_length=512)]
Instructions = Annotated[str, msgspec.Meta(max_length=256_000)]
Tools = Annotated[list[ToolInput], msgspec.Meta(max_length=128)]


class Assistant(Resource, frozen=True, kw_only=True):
    """A model's name, instructions and tools, to be run on threads."""

    object: str = "assistant"
    created_at: int = 0
    name: str | None = None
    description: str | None = None
    model: str = ""
    instructions: str | None = None
    tools: list[Tool] = []
    top_p: float | None = 1.0
    temperature: float | None = 1.0
    reasoning_effort: str | None = None
    tool_resources: ToolResources | None = None
    metadata: dict[str, str] = {}
    response_format: ResponseFormat | None = "auto"


class AssistantDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting an assistant."""

    object: str = "assistant.deleted"
    deleted: bool = True


class AssistantFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What both ways of writing an assistant take."""

    name: Name | None | msgspec.UnsetType = msgspec.UNSET
    description: Description | None | msgspec.UnsetType = msgspec.UNSET
    instructions: Instructions | None | msgspec.UnsetType = msgspec.UNSET
    tools: Tools | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET
    temperature: Temperature | None | msgspec.UnsetType = msgspec.UNSET
    top_p: TopP | None | msgspec.UnsetType = msgspec.UNSET
    response_format: ResponseFormatInput | None | msgspec.UnsetType = msgspec.UNSET
    reasoning_effort: ReasoningEffort | None | msgspec.UnsetType = msgspec.UNSET


class AssistantCreate(AssistantFields, frozen=True, kw_only=True):
    """The body of POST /assistants."""

    model: str
    tool_resources: NewToolResourcesInput | None | msgspec.UnsetType = msgspec.UNSET


class AssistantUpdate(AssistantFields, frozen=True, kw_only=True):
    """The body of POST /assistants/{id}: what is given replaces, what is left out stays."""

    model: str | msgspec.UnsetType = msgspec.UNSET
    tool_resources: ToolResourcesInput | None | msgspec.UnsetType = msgspec.UNSET
