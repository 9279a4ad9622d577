"""The calls on runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Required, TypeAlias, TypedDict

import msgspec

from threadkeep.types.run import OnCrash, ReasoningEffort, Run, RunDeleted
from threadkeep.types.run_explanation import RunExplanation
from threadkeep.wire.operation import ListOperation, Operation, Query, path
from threadkeep.wire.parameters import (
    MessageParam,
    MetadataParam,
    Optional,
    ResponseFormatParam,
    ThreadParam,
    ToolChoiceParam,
    ToolOutputParam,
    ToolParam,
    ToolResourcesParam,
    TruncationParam,
)

Until: TypeAlias = Literal["terminal", "requires_action"]
"""Where a stream of events ends: when the run has ended, or already when it waits for tool outputs."""


class RunOverrides(TypedDict, total=False):
    """What a run may have otherwise than its assistant; None and left out mean the assistant's."""

    assistant_id: Required[str]
    instructions: Optional[str]
    max_completion_tokens: Optional[int]
    max_prompt_tokens: Optional[int]
    metadata: Optional[MetadataParam]
    model: Optional[str]
    on_crash: Optional[OnCrash]
    parallel_tool_calls: bool | msgspec.UnsetType
    response_format: Optional[ResponseFormatParam]
    temperature: Optional[float]
    tool_choice: Optional[ToolChoiceParam]
    tools: Optional[Iterable[ToolParam]]
    top_p: Optional[float]
    truncation_strategy: Optional[TruncationParam]


class RunParameters(RunOverrides, total=False):
    """The arguments of creating a run."""

    additional_instructions: Optional[str]
    additional_messages: Optional[Iterable[MessageParam]]
    include: Iterable[str] | msgspec.UnsetType
    reasoning_effort: Optional[ReasoningEffort]


class ThreadRunParameters(RunOverrides, total=False):
    """The arguments of creating a thread and a run on it."""

    thread: ThreadParam | msgspec.UnsetType
    tool_resources: Optional[ToolResourcesParam]


def create(thread_id: str, parameters: Mapping[str, Any]) -> Operation[Run]:
    """POST /threads/{thread_id}/runs, with the fields of `RunParameters`."""
    body = dict(parameters)
    query = {"include": body.pop("include", None)}
    return Operation(method="POST", path=_all(thread_id), result=Run, query=query, body=body)


def list(thread_id: str, query: Query) -> ListOperation[Run]:
    """GET /threads/{thread_id}/runs."""
    return ListOperation(path=_all(thread_id), item=Run, query=query)


def retrieve(
    thread_id: str, run_id: str, *, wait: float | msgspec.UnsetType = msgspec.UNSET
) -> Operation[Run]:
    """GET /threads/{thread_id}/runs/{run_id}. Not every server waits."""
    query = {"wait": wait}
    return Operation(method="GET", path=_one(thread_id, run_id), result=Run, query=query)


def events(thread_id: str, run_id: str, query: Query) -> Operation[bytes]:
    """GET /threads/{thread_id}/runs/{run_id}/events, as a stream. Not every server has it."""
    return Operation(
        method="GET", path=f"{_one(thread_id, run_id)}/events", result=bytes, query=query
    )


def explain(run_id: str) -> Operation[RunExplanation]:
    """GET /runs/{run_id}/explanation. Only this server has it."""
    where = path("/runs/{run_id}/explanation", run_id=run_id)
    return Operation(method="GET", path=where, result=RunExplanation)


def update(
    thread_id: str, run_id: str, *, metadata: Optional[MetadataParam] = msgspec.UNSET
) -> Operation[Run]:
    """POST /threads/{thread_id}/runs/{run_id}."""
    body = {"metadata": metadata}
    return Operation(method="POST", path=_one(thread_id, run_id), result=Run, body=body)


def cancel(thread_id: str, run_id: str) -> Operation[Run]:
    """POST /threads/{thread_id}/runs/{run_id}/cancel."""
    return Operation(method="POST", path=f"{_one(thread_id, run_id)}/cancel", result=Run)


def submit_tool_outputs(
    thread_id: str,
    run_id: str,
    *,
    tool_outputs: Iterable[ToolOutputParam],
    stream: Optional[bool] = msgspec.UNSET,
) -> Operation[Run]:
    """POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs."""
    return Operation(
        method="POST",
        path=f"{_one(thread_id, run_id)}/submit_tool_outputs",
        result=Run,
        body={"tool_outputs": tool_outputs, "stream": stream},
    )


def delete(thread_id: str, run_id: str) -> Operation[RunDeleted]:
    """DELETE /threads/{thread_id}/runs/{run_id}, once it has ended. Not every server has it."""
    return Operation(method="DELETE", path=_one(thread_id, run_id), result=RunDeleted)


def _all(thread_id: str) -> str:
    return path("/threads/{thread_id}/runs", thread_id=thread_id)


def _one(thread_id: str, run_id: str) -> str:
    return path("/threads/{thread_id}/runs/{run_id}", thread_id=thread_id, run_id=run_id)
