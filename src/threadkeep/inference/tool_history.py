"""Earlier tool calls and their outputs, told in plain text to a model that knows no tools. Pure.

The words were tried with a model of 135 million parameters: with these it repeats what a tool gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import msgspec

from threadkeep.inference import ChatMessage, ChatToolCall

NOW_ANSWER: Final = "Now tell me the answer."


def in_plain_text(messages: Iterable[ChatMessage], then: str = NOW_ANSWER) -> list[ChatMessage]:
    """The messages without calls and tool roles; outputs that belong together are one message.

    `then` is said after those at the end, which no answer has followed yet.
    """
    told: list[ChatMessage] = []
    names: dict[str, str] = {}
    outputs: list[str] = []
    for message in messages:
        if message.role == "tool":
            name = names.get(message.tool_call_id or "", "the function")
            outputs.append(f"The result of {name} is: {_text(message)}")
            continue
        if outputs:
            told.append(_results(outputs, NOW_ANSWER))
            outputs = []
        if message.tool_calls:
            names |= {call.id: call.function.name for call in message.tool_calls}
            told.append(_announcement(message, message.tool_calls))
        else:
            told.append(message)
    return [*told, _results(outputs, then)] if outputs else told


def _announcement(message: ChatMessage, calls: list[ChatToolCall]) -> ChatMessage:
    lines = [text] if (text := _text(message)) else []
    lines += [f"I will call {call.function.name}{_with_arguments(call)}." for call in calls]
    return ChatMessage(role="assistant", content="\n".join(lines))


def _with_arguments(call: ChatToolCall) -> str:
    try:
        arguments = msgspec.json.decode(call.function.arguments, type=dict[str, Any])
    except msgspec.DecodeError:
        return f" with {call.function.arguments}"
    spoken = (
        f"{name}: {value if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in arguments.items()
    )
    return f" with {', '.join(spoken)}" if arguments else ""


def _results(outputs: list[str], then: str) -> ChatMessage:
    return ChatMessage(role="user", content="\n".join(outputs) + f"\n\n{then}")


def _text(message: ChatMessage) -> str:
    content = message.content or ""
    if isinstance(content, str):
        return content
    return "\n".join(cast("str", part.get("text", "")) for part in content)
