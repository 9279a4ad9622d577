"""What callers send about runs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from threadkeep.types.message import MessageCreate
from threadkeep.types.metadata import Metadata
from threadkeep.types.page import Limit
from threadkeep.types.response_format import ResponseFormatInput
from threadkeep.types.run import (
    OnCrash,
    ReasoningEffort,
    Temperature,
    TokenBudget,
    TopP,
    TruncationStrategyInput,
)
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import ToolChoiceInput, ToolInput
from threadkeep.types.tool_resources_request import ToolResourcesInput

Tools = Annotated[list[ToolInput], msgspec.Meta(max_length=128)]


class RunOverrides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields that both ways of creating a run take; null and absent both mean the assistant's."""

    assistant_id: str
    model: str | None | msgspec.UnsetType = msgspec.UNSET
    instructions: str | None | msgspec.UnsetType = msgspec.UNSET
    tools: Tools | None | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET
    temperature: Temperature | None | msgspec.UnsetType = msgspec.UNSET
    top_p: TopP | None | msgspec.UnsetType = msgspec.UNSET
    stream: bool | None | msgspec.UnsetType = msgspec.UNSET
    max_prompt_tokens: TokenBudget | None | msgspec.UnsetType = msgspec.UNSET
    max_completion_tokens: TokenBudget | None | msgspec.UnsetType = msgspec.UNSET
    truncation_strategy: TruncationStrategyInput | None | msgspec.UnsetType = msgspec.UNSET
    tool_choice: ToolChoiceInput | None | msgspec.UnsetType = msgspec.UNSET
    parallel_tool_calls: bool | None | msgspec.UnsetType = msgspec.UNSET
    response_format: ResponseFormatInput | None | msgspec.UnsetType = msgspec.UNSET
    reasoning_effort: ReasoningEffort | None | msgspec.UnsetType = msgspec.UNSET
    on_crash: OnCrash | None | msgspec.UnsetType = msgspec.UNSET
    """An extension: the contract does not know it. Null and absent mean what the settings say."""


class RunCreate(RunOverrides, frozen=True, kw_only=True):
    """The body of POST /threads/{id}/runs."""

    additional_instructions: str | None | msgspec.UnsetType = msgspec.UNSET
    additional_messages: list[MessageCreate] | None | msgspec.UnsetType = msgspec.UNSET


class ThreadRunCreate(RunOverrides, frozen=True, kw_only=True):
    """The body of POST /threads/runs."""

    thread: ThreadCreate | None | msgspec.UnsetType = msgspec.UNSET
    tool_resources: ToolResourcesInput | None | msgspec.UnsetType = msgspec.UNSET


class RunUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /threads/{id}/runs/{id}."""

    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET


class ToolOutput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The output of one function call; left out, it is the empty string."""

    tool_call_id: str | msgspec.UnsetType = msgspec.UNSET
    output: str | None | msgspec.UnsetType = msgspec.UNSET


class ToolOutputsSubmit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST …/submit_tool_outputs: the outputs of all calls that wait."""

    tool_outputs: list[ToolOutput]
    stream: bool | None | msgspec.UnsetType = msgspec.UNSET


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of GET /threads/{id}/runs/{id}: for how many seconds to wait for the run to settle."""

    wait: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0


class RunEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of GET /threads/{id}/runs/{id}/events, beside `after`.

    A page has at most `limit` events; a stream ends as `until` says.
    """

    limit: Limit = 100
    until: Literal["terminal", "requires_action"] = "terminal"
    stream: Literal["true", "false"] | None = None
