"""The calls on threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from threadkeep.types.run import Run
from threadkeep.types.thread import Thread, ThreadDeleted
from threadkeep.wire.operation import ListOperation, Operation, Query, path
from threadkeep.wire.parameters import MessageParam, MetadataParam, Optional, ToolResourcesParam


def create(
    *,
    messages: Iterable[MessageParam] | msgspec.UnsetType = msgspec.UNSET,
    metadata: Optional[MetadataParam] = msgspec.UNSET,
    tool_resources: Optional[ToolResourcesParam] = msgspec.UNSET,
) -> Operation[Thread]:
    """POST /threads."""
    body = {"messages": messages, "metadata": metadata, "tool_resources": tool_resources}
    return Operation(method="POST", path="/threads", result=Thread, body=body)


def list(query: Query) -> ListOperation[Thread]:
    """GET /threads: ours and Azure's alone."""
    return ListOperation(path="/threads", item=Thread, query=query)


def retrieve(thread_id: str) -> Operation[Thread]:
    """GET /threads/{thread_id}."""
    return Operation(method="GET", path=_path(thread_id), result=Thread)


def update(
    thread_id: str,
    *,
    metadata: Optional[MetadataParam] = msgspec.UNSET,
    tool_resources: Optional[ToolResourcesParam] = msgspec.UNSET,
) -> Operation[Thread]:
    """POST /threads/{thread_id}."""
    body = {"metadata": metadata, "tool_resources": tool_resources}
    return Operation(method="POST", path=_path(thread_id), result=Thread, body=body)


def delete(thread_id: str) -> Operation[ThreadDeleted]:
    """DELETE /threads/{thread_id}."""
    return Operation(method="DELETE", path=_path(thread_id), result=ThreadDeleted)


def create_and_run(parameters: Mapping[str, Any]) -> Operation[Run]:
    """POST /threads/runs, with the fields of `wire.runs.ThreadRunParameters`."""
    return Operation(method="POST", path="/threads/runs", result=Run, body=parameters)


def _path(thread_id: str) -> str:
    return path("/threads/{thread_id}", thread_id=thread_id)
