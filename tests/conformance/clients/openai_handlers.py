"""Event handlers that count every callback there is; what they count is what the SDK's own base class offers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from openai import AssistantEventHandler, AsyncAssistantEventHandler

CALLBACKS = [name for name in dir(AssistantEventHandler) if name.startswith("on_")]


class _Counts:
    """What both handlers keep."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.texts: list[str] = []
        self.calls: dict[str, str] = {}

    def note(self, callback: str, arguments: tuple[Any, ...]) -> None:
        self.counts[callback] += 1
        if callback == "on_event":
            self.events[arguments[0].event] += 1
        if callback == "on_text_done":
            self.texts.append(arguments[0].value)
        if callback == "on_tool_call_done" and arguments[0].type == "function":
            self.calls[arguments[0].function.name] = arguments[0].function.arguments

    @property
    def seen(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {
            "callbacks": dict(sorted(self.counts.items())),
            "events": dict(sorted(self.events.items())),
            "texts": self.texts,
        }


def _counting(name: str) -> Any:
    def callback(self: _Counts, *arguments: Any) -> None:
        self.note(name, arguments)

    return callback


def _counting_async(name: str) -> Any:
    async def callback(self: _Counts, *arguments: Any) -> None:
        self.note(name, arguments)

    return callback


CountingHandler: Any = type(
    "CountingHandler",
    (_Counts, AssistantEventHandler),
    {name: _counting(name) for name in CALLBACKS},
)
AsyncCountingHandler: Any = type(
    "AsyncCountingHandler",
    (_Counts, AsyncAssistantEventHandler),
    {name: _counting_async(name) for name in CALLBACKS},
)
