"""Budgets: how many tokens a turn may read and write. Pure.

A run's limits hold for the whole run, over all its turns (contract §5.5): each turn has what the earlier ones left.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from threadkeep.types.message import ImageFilePart, ImageURLPart, Message, RefusalPart, TextPart
from threadkeep.types.run import Run
from threadkeep.types.run_step import (
    FileSearchToolCall,
    FunctionToolCall,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)
from threadkeep.types.usage import Usage

DEFAULT_PROMPT_TOKENS: Final = 32_000
"""The budget for a prompt where neither the run nor the upstream's settings give one."""

_BYTES_PER_TOKEN: Final = 3.5
_MESSAGE_TOKENS: Final = 4
_IMAGE_TOKENS: Final = 800

Exhausted: TypeAlias = Literal["max_prompt_tokens", "max_completion_tokens"]
"""Which of the run's limits is used up."""


class Budget(msgspec.Struct, frozen=True):
    """What a turn may use; no limit on completion tokens if None."""

    prompt_tokens: int
    completion_tokens: int | None


def budget_of(run: Run, used: Usage, context_tokens: int | None) -> Budget | Exhausted:
    """What is left for the next turn, or which limit is used up.

    A quarter of the model's context is kept free for the reply.
    """
    exhausted = exhausted_limit(run, used)
    if exhausted is not None:
        return exhausted
    limits: list[int] = []
    if run.max_prompt_tokens is not None:
        limits.append(run.max_prompt_tokens - used.prompt_tokens)
    if context_tokens is not None:
        limits.append(context_tokens - context_tokens // 4)
    completion = None
    if run.max_completion_tokens is not None:
        completion = run.max_completion_tokens - used.completion_tokens
    return Budget(min(limits, default=DEFAULT_PROMPT_TOKENS), completion)


def exhausted_limit(run: Run, used: Usage) -> Exhausted | None:
    """Which of the run's limits is used up, if one is."""
    if (
        run.max_completion_tokens is not None
        and used.completion_tokens >= run.max_completion_tokens
    ):
        return "max_completion_tokens"
    if run.max_prompt_tokens is not None and used.prompt_tokens >= run.max_prompt_tokens:
        return "max_prompt_tokens"
    return None


def free_tokens(run: Run, prompt_tokens: int, steps: Iterable[RunStep]) -> int:
    """What the instructions and the run's own `steps` leave of a prompt; less than nothing if they do not fit."""
    return prompt_tokens - text_tokens(run.instructions) - sum(map(step_tokens, steps))


def tool_room(run: Run, budget: Budget, steps: Iterable[RunStep]) -> int:
    """How many tokens what the server's tools find in this turn may cost.

    Half of what is free, so that the thread and later turns have room too.
    """
    return max(0, free_tokens(run, budget.prompt_tokens, steps)) // 2


def message_tokens(message: Message) -> int:
    """About how many tokens a message costs. Rather too many: a prompt that is too long is refused."""
    tokens = _MESSAGE_TOKENS
    for part in message.content:
        match part:
            case TextPart():
                tokens += text_tokens(part.text.value)
            case RefusalPart():
                tokens += text_tokens(part.refusal)
            case ImageURLPart() | ImageFilePart():
                tokens += _IMAGE_TOKENS
            case _:
                pass
    return tokens


def step_tokens(step: RunStep) -> int:
    """About how many tokens the tool calls of a step and their outputs cost."""
    if not isinstance(step.step_details, ToolCallsDetails):
        return 0
    return sum(_call_tokens(call) for call in step.step_details.tool_calls)


def _call_tokens(call: ToolCall) -> int:
    match call:
        case FunctionToolCall(function=function):
            texts = [function.arguments, function.output or ""]
        case FileSearchToolCall(file_search=search):
            found = [content for result in search.results or () for content in result.content or ()]
            texts = [f"{content.heading or ''}{content.text}" for content in found]
        case _:
            texts = []
    return _MESSAGE_TOKENS + sum(map(text_tokens, texts))


def text_tokens(text: str) -> int:
    """About how many tokens a text costs: a model's own tokenizer is not known here."""
    return int(len(text.encode()) / _BYTES_PER_TOKEN)
