"""Runs: executions of an assistant on a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from threadkeep.types.resource import Resource
from threadkeep.types.response_format import ResponseFormat
from threadkeep.types.rule import missing
from threadkeep.types.tool import Tool, ToolChoice
from threadkeep.types.tool_resources import ToolResources
from threadkeep.types.usage import Usage

if TYPE_CHECKING:
    RunStatus: TypeAlias = Literal[
        "queued",
        "in_progress",
        "requires_action",
        "cancelling",
        "cancelled",
        "failed",
        "completed",
        "incomplete",
        "expired",
    ]
else:
    RunStatus = str  # a status that a newer server adds must still decode

Temperature = Annotated[float, msgspec.Meta(ge=0, le=2)]
TopP = Annotated[float, msgspec.Meta(ge=0, le=1)]
TokenBudget = Annotated[int, msgspec.Meta(ge=1)]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class FunctionCall(msgspec.Struct, frozen=True, kw_only=True):
    """The function that the model asks for; `arguments` is JSON in a string."""

    name: str
    arguments: str


class RequiredToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """A function call that waits for its output."""

    id: str
    type: str = "function"
    function: FunctionCall


class SubmitToolOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that wait for their outputs, all of one turn."""

    tool_calls: list[RequiredToolCall] = []


class RequiredAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a run waits for."""

    type: str = "submit_tool_outputs"
    submit_tool_outputs: SubmitToolOutputs


class LastError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run or a step failed; `code` is `server_error`, `rate_limit_exceeded` or `invalid_prompt`."""

    code: str
    message: str


class IncompleteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Which budget ended a run: `max_completion_tokens` or `max_prompt_tokens`."""

    reason: str


class TruncationStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the thread the model sees: `auto`, or the `last_messages` most recent ones."""

    type: str
    last_messages: int | None = None


class TruncationStrategyInput(
    TruncationStrategy, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """How much of the thread the model is to see."""

    type: Literal["auto", "last_messages"]
    last_messages: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.type == "last_messages" and self.last_messages is None:
            raise missing("last_messages")


class Run(Resource, frozen=True, kw_only=True):
    """One execution of an assistant on a thread. Times are Unix seconds; every key is always there."""

    object: str = "thread.run"
    created_at: int = 0
    assistant_id: str = ""
    thread_id: str = ""
    status: RunStatus = "queued"
    started_at: int | None = None
    expires_at: int | None = None
    cancelled_at: int | None = None
    failed_at: int | None = None
    completed_at: int | None = None
    required_action: RequiredAction | None = None
    last_error: LastError | None = None
    model: str = ""
    instructions: str = ""
    tools: list[Tool] = []
    tool_resources: ToolResources | None = None
    metadata: dict[str, str] = {}
    temperature: float | None = 1.0
    top_p: float | None = 1.0
    reasoning_effort: str | None = None
    max_completion_tokens: int | None = None
    max_prompt_tokens: int | None = None
    truncation_strategy: TruncationStrategy = TruncationStrategy(type="auto")
    incomplete_details: IncompleteDetails | None = None
    usage: Usage | None = None
    response_format: ResponseFormat | None = "auto"
    tool_choice: ToolChoice | None = "auto"
    parallel_tool_calls: bool = True


OnCrash: TypeAlias = Literal["resume", "fail"]
"""What becomes of a run whose worker died: it goes on with another one, or it is `failed`."""


class RunDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting a run."""

    object: str = "thread.run.deleted"
    deleted: bool = True


class RunRestart(Resource, frozen=True, kw_only=True):
    """The run `id` has begun anew after its worker went away: what was not completed before this epoch is void."""

    object: str = "thread.run.restart"
    epoch: int
