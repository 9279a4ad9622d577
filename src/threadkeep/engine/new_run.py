"""A new run: the assistant's recipe with the caller's overrides. Pure."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from threadkeep.types.assistant import Assistant
from threadkeep.types.run import Run, TruncationStrategy
from threadkeep.types.run_request import RunCreate, RunOverrides
from threadkeep.types.tool import with_defaults
from threadkeep.types.tool_resources import ToolResources

T = TypeVar("T")


def new_run(
    assistant: Assistant,
    body: RunOverrides,
    resources: ToolResources,
    *,
    id: str,
    thread_id: str,
    now: int,
    seconds: int,
) -> Run:
    """A queued run as it will be kept. Null and absent both mean what the assistant says (contract §5.5).

    `resources` are those of this run alone, which take the place of the assistant's.
    """
    return Run(
        id=id,
        created_at=now,
        assistant_id=assistant.id,
        thread_id=thread_id,
        expires_at=now + seconds,
        model=model_of(assistant, body),
        instructions=instructions_of(assistant, body),
        tools=[with_defaults(tool) for tool in body.tools]
        if isinstance(body.tools, list)
        else assistant.tools,
        tool_resources=resources,
        metadata=_given(body.metadata, {}),
        temperature=_given(body.temperature, assistant.temperature),
        top_p=_given(body.top_p, assistant.top_p),
        reasoning_effort=_given(body.reasoning_effort, assistant.reasoning_effort),
        max_completion_tokens=_given(body.max_completion_tokens, None),
        max_prompt_tokens=_given(body.max_prompt_tokens, None),
        truncation_strategy=_given(body.truncation_strategy, TruncationStrategy(type="auto")),
        response_format=_given(body.response_format, assistant.response_format),
        tool_choice=_given(body.tool_choice, "auto"),
        parallel_tool_calls=_given(body.parallel_tool_calls, default=True),
    )


def model_of(assistant: Assistant, body: RunOverrides) -> str:
    """The run's own or the assistant's."""
    return _given(body.model, assistant.model)


def instructions_of(assistant: Assistant, body: RunOverrides) -> str:
    """The run's own or the assistant's, then the additional ones."""
    parts = [_given(body.instructions, assistant.instructions)]
    if isinstance(body, RunCreate):
        parts.append(_given(body.additional_instructions, None))
    return "\n".join(part for part in parts if part)


def _given(value: T | None | msgspec.UnsetType, default: T) -> T:
    return default if value is None or value is msgspec.UNSET else value
