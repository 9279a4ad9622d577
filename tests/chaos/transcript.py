"""A transcript: the events of one run as a client saw them, held to the order that they must have."""

from __future__ import annotations

import time
from typing import Any, Final

TERMINAL: Final = frozenset({"completed", "incomplete", "failed", "cancelled", "expired"})
ENDS: Final = frozenset(f"thread.run.{status}" for status in TERMINAL)
_RESTARTS: Final = frozenset({"thread.run.in_progress", "thread.run.restarted"})
_DELTA: Final = "thread.message.delta"

# What may come after each event; beside these a run may always begin anew, be cancelled or end.
_AFTER: Final[dict[str, set[str]]] = {
    "": {"thread.created", "thread.run.created"},
    "thread.created": {"thread.run.created"},
    "thread.run.created": {"thread.run.queued"},
    "thread.run.queued": {"thread.run.in_progress"},
    "thread.run.restarted": {"thread.run.in_progress"},
    "thread.run.in_progress": {"thread.run.step.created"},
    "thread.run.step.created": {"thread.run.step.in_progress"},
    "thread.run.step.in_progress": {"thread.message.created", "thread.run.step.delta"},
    "thread.message.created": {"thread.message.in_progress"},
    "thread.message.in_progress": {_DELTA},
    _DELTA: {_DELTA, "thread.message.completed", "thread.message.incomplete"},
    "thread.message.completed": {"thread.run.step.completed"},
    "thread.message.incomplete": {"thread.run.step.cancelled"},
    "thread.run.step.cancelled": {"thread.run.cancelled"},
    "thread.run.step.delta": {"thread.run.step.delta", "thread.run.requires_action"},
    "thread.run.step.completed": {"thread.run.queued", "thread.run.completed"},
    "thread.run.requires_action": {"thread.run.step.completed"},
    "thread.run.cancelling": {"thread.message.incomplete", "thread.run.step.cancelled"},
}
_BEFORE_DELTAS: Final = frozenset(
    {
        "thread.message.in_progress",
        _DELTA,
        "thread.run.step.in_progress",
        "thread.run.step.delta",
    }
)
_AFTER_DELTAS: Final = frozenset(
    {
        _DELTA,
        "thread.message.completed",
        "thread.message.incomplete",
        "thread.run.step.delta",
        "thread.run.requires_action",
    }
)
_NEEDS_AN_ANSWER: Final = "thread.run.completed"


class OrderError(AssertionError):
    """An event came that must not come now."""


class Transcript:
    """`feed` takes the events one by one; it raises `OrderError` when one is out of place."""

    def __init__(self, expected: str) -> None:
        self._expected = expected
        self._last = ""
        self._may_have_missed = False
        self._may_lack_deltas = False
        self._message_id: str | None = None
        self._text = ""
        self._position: tuple[int, int] | None = None
        self._heard_at: float | None = None
        self.run: dict[str, Any] | None = None
        self.recoveries: list[float] = []
        self.longest_silence = 0.0

    @property
    def waits_for_outputs(self) -> bool:
        """Whether the run needs its caller."""
        return self._last == "thread.run.requires_action"

    @property
    def last_event_id(self) -> str | None:
        """That of the last event which had one."""
        return None if self._position is None else "{}.{}".format(*self._position)

    def break_off(self) -> None:
        """The stream is gone; the next one may begin after what was missed."""
        self._may_have_missed = self._may_lack_deltas = True

    def feed(self, name: str, data: Any, event_id: str | None = None) -> None:
        """One more event."""
        silence = self._listen()
        if event_id is not None:
            self._check_position(event_id, name)
        if not self._fits(name):
            raise OrderError(f"{name} came after {self._last or 'nothing'}: {data}")
        if data.get("object") == "thread.run":
            self.run = data
        if name in _RESTARTS and self._last not in {"thread.run.queued", "thread.run.restarted"}:
            self.recoveries.append(silence)
        self._note_message(name, data)
        self._last, self._may_have_missed = name, False

    def _listen(self) -> float:
        """How long nothing was heard."""
        before, self._heard_at = self._heard_at, time.monotonic()
        if before is None or self.waits_for_outputs:
            return 0.0
        silence = self._heard_at - before
        self.longest_silence = max(self.longest_silence, silence)
        return silence

    def _check_position(self, event_id: str, name: str) -> None:
        """Nothing comes twice and nothing is left out but deltas, which are told as one where no worker has them."""
        epoch, number = (int(part) for part in event_id.split("."))
        before, self._position = self._position, (epoch, number)
        if before is None or (epoch > before[0] and number == 0):
            return
        is_next = (epoch, number) == (before[0], before[1] + 1)
        is_later = (epoch, number) > before and epoch == before[0]
        if not is_next and not (
            is_later and self._last in _BEFORE_DELTAS and name in _AFTER_DELTAS
        ):
            raise OrderError(f"{name} {event_id} came after {self._last} {before[0]}.{before[1]}")
        self._may_lack_deltas |= not is_next and self._last == _DELTA

    def _fits(self, name: str) -> bool:
        if self._last in ENDS:
            return False
        if self._may_have_missed or name in _AFTER[self._last]:
            return True
        if name in _RESTARTS or name == "thread.run.cancelling":
            return self._last not in {"", "thread.run.created"}
        return name in ENDS - {_NEEDS_AN_ANSWER}

    def _note_message(self, name: str, data: Any) -> None:
        match name:
            case "thread.run.in_progress":
                self._message_id, self._text = None, ""
            case "thread.message.created":
                self._message_id, self._text = data["id"], ""
                self._may_lack_deltas = False
            case "thread.message.delta":
                self._grow(data)
            case "thread.message.completed":
                self._complete(data)
            case _:
                pass

    def _grow(self, data: Any) -> None:
        if data["id"] != self._message_id:
            raise OrderError(f"a delta of {data['id']} came, but {self._message_id} is open")
        self._text += "".join(part["text"]["value"] for part in data["delta"]["content"])
        if not self._expected.startswith(self._text):
            raise OrderError(f"{self._text!r} is no beginning of {self._expected!r}")

    def _complete(self, data: Any) -> None:
        answer = text_of(data)
        if answer != self._expected:
            raise OrderError(f"the message is {answer!r} instead of {self._expected!r}")
        if self._text != answer and not self._may_lack_deltas:
            raise OrderError(f"the deltas come to {self._text!r}, the message is {answer!r}")


def text_of(message: dict[str, Any]) -> str:
    """What a message says."""
    return "".join(part["text"]["value"] for part in message["content"])
