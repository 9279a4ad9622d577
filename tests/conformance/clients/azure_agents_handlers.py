"""Event handlers of the SDK of Azure AI Agents that count every callback."""

from __future__ import annotations

from collections import Counter
from typing import Any

from azure.ai.agents.models import AgentEventHandler, AsyncAgentEventHandler

CALLBACKS = [name for name in dir(AgentEventHandler) if name.startswith("on_")]


class _Counts:
    """What both handlers keep."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.statuses: list[str] = []
        self.text = ""

    def note(self, callback: str, arguments: tuple[Any, ...]) -> None:
        self.counts[callback] += 1
        if callback == "on_thread_run":
            self.statuses.append(str(arguments[0].status.value))
        if callback == "on_message_delta":
            self.text += arguments[0].text

    @property
    def seen(self) -> dict[str, Any]:
        """All of it, as JSON."""
        callbacks = dict(sorted(self.counts.items()))
        return {"callbacks": callbacks, "runs": self.statuses, "text": self.text}


def _counting(name: str) -> Any:
    def callback(self: _Counts, *arguments: Any) -> None:
        self.note(name, arguments)

    return callback


def _counting_async(name: str) -> Any:
    async def callback(self: _Counts, *arguments: Any) -> None:
        self.note(name, arguments)

    return callback


CountingHandler: Any = type(
    "CountingHandler", (_Counts, AgentEventHandler), {name: _counting(name) for name in CALLBACKS}
)
AsyncCountingHandler: Any = type(
    "AsyncCountingHandler",
    (_Counts, AsyncAgentEventHandler),
    {name: _counting_async(name) for name in CALLBACKS},
)
