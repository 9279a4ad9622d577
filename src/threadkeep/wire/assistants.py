"""The calls on assistants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Required, TypedDict

from threadkeep.types.assistant import Assistant, AssistantDeleted
from threadkeep.types.run import ReasoningEffort
from threadkeep.wire.operation import ListOperation, Operation, Query, path
from threadkeep.wire.parameters import (
    MetadataParam,
    Optional,
    ResponseFormatParam,
    ToolParam,
    ToolResourcesParam,
)


class _AssistantFields(TypedDict, total=False):
    description: Optional[str]
    instructions: Optional[str]
    metadata: Optional[MetadataParam]
    name: Optional[str]
    reasoning_effort: Optional[ReasoningEffort]
    response_format: Optional[ResponseFormatParam]
    temperature: Optional[float]
    tool_resources: Optional[ToolResourcesParam]
    tools: Iterable[ToolParam]
    top_p: Optional[float]


class AssistantCreateParameters(_AssistantFields, total=False):
    """The arguments of creating an assistant."""

    model: Required[str]


class AssistantUpdateParameters(_AssistantFields, total=False):
    """The arguments of updating an assistant; what is left out stays as it is."""

    model: str


def create(parameters: Mapping[str, Any]) -> Operation[Assistant]:
    """POST /assistants, with the fields of `AssistantCreateParameters`."""
    return Operation(method="POST", path="/assistants", result=Assistant, body=parameters)


def list(query: Query) -> ListOperation[Assistant]:
    """GET /assistants."""
    return ListOperation(path="/assistants", item=Assistant, query=query)


def retrieve(assistant_id: str) -> Operation[Assistant]:
    """GET /assistants/{assistant_id}."""
    return Operation(method="GET", path=_path(assistant_id), result=Assistant)


def update(assistant_id: str, parameters: Mapping[str, Any]) -> Operation[Assistant]:
    """POST /assistants/{assistant_id}, with the fields of `AssistantUpdateParameters`."""
    return Operation(method="POST", path=_path(assistant_id), result=Assistant, body=parameters)


def delete(assistant_id: str) -> Operation[AssistantDeleted]:
    """DELETE /assistants/{assistant_id}."""
    return Operation(method="DELETE", path=_path(assistant_id), result=AssistantDeleted)


def _path(assistant_id: str) -> str:
    return path("/assistants/{assistant_id}", assistant_id=assistant_id)
