"""What the model says: it follows from what the user said, so that every attempt at a run has to come to the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.scripted_reply import Reply, call

WORDS = 20
FUNCTION = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"what": {"type": "string"}}},
    },
}
TOKENS_PER_TURN = 15


def answer_to(asked: str) -> str:
    """The whole answer to a message."""
    return "".join(_words(asked))


class Script:
    """Chooses the replies of a scripted model; counts how often it was asked for each."""

    def __init__(self, *, pause_seconds: float = 0.02) -> None:
        self._pause_seconds = pause_seconds
        self.asked: Counter[tuple[str, bool]] = Counter()
        """By the user's message, and whether the reply is the answer rather than a function call."""

    def __call__(self, body: dict[str, Any]) -> Reply:
        asked = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        is_answer = "tools" not in body or body["messages"][-1]["role"] == "tool"
        self.asked[asked, is_answer] += 1
        if not is_answer:
            arguments = f'{{"what":"{asked}"}}'
            return Reply((self._pause_seconds, call("look_up", arguments)), "tool_calls")
        paced = [piece for word in _words(asked) for piece in (self._pause_seconds, word)]
        return Reply(tuple(paced))

    @property
    def repeated(self) -> int:
        """How many replies were asked for more than once."""
        return sum(times - 1 for times in self.asked.values())


def _words(asked: str) -> list[str]:
    return [f"{asked}/{number} " for number in range(WORDS)]
