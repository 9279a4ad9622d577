"""Messages and run steps that are still being made: deltas go in, snapshots come out when asked for.

Taking in a delta must be cheap, since it is done for every token; so text is kept in pieces, and a
snapshot is made from them only when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final, cast

import msgspec

from threadkeep.client.merging import merge
from threadkeep.types.codec import decode, encode
from threadkeep.types.delta import MessageDelta, RunStepDelta, TextDelta, ToolCallsDelta
from threadkeep.types.message import ContentPart, Message
from threadkeep.types.run_step import RunStep, StepDetails, ToolCall
from threadkeep.types.unknown import Unknown

_OPENINGS: Final[dict[str, dict[str, Any]]] = {
    "text": {"text": {"value": "", "annotations": []}},
    "refusal": {"refusal": ""},
    "function": {"id": "", "function": {"name": "", "arguments": ""}},
    "code_interpreter": {"id": "", "code_interpreter": {"input": "", "outputs": []}},
    "file_search": {"id": "", "file_search": {}},
}
"""What a part or a call has from its first delta on, even if that leaves it out."""


class GrowingMessage:
    """A message and the deltas that came since."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._snapshot: Message | None = message
        self._parts = _GrowingList(message.content)
        self._texts: dict[int, list[str]] = {}
        """The pieces of text that are not in `_parts` yet, by the index of their part."""

    @property
    def is_open(self) -> bool:
        """Whether it is still being made."""
        return self._message.status == "in_progress"

    def add(self, delta: MessageDelta) -> list[int]:
        """Take in what is new, and give the indexes of the parts that it opens."""
        self._snapshot = None
        opened: list[int] = []
        for part in delta.delta.content:
            if type(part) is TextDelta and (text := part.text) is not msgspec.UNSET:
                pieces = self._texts.get(part.index)
                if pieces is not None and text.annotations is msgspec.UNSET:
                    pieces.append(text.value or "")
                    continue
                self._join(part.index)
                self._texts[part.index] = []
            index, is_new = self._parts.add(_plain(part))
            if is_new:
                opened.append(index)
        return opened

    def part(self, index: int) -> ContentPart | None:
        """The content part at `index`, so far; None if there is none."""
        self._join(index)
        plain = self._parts.plain.get(index)
        return None if plain is None else cast("ContentPart", _variant(plain, ContentPart))

    def snapshot(self) -> Message:
        """Everything so far."""
        if self._snapshot is None:
            parts = [self.part(index) for index in sorted(self._parts.plain)]
            self._snapshot = msgspec.structs.replace(self._message, content=parts)
        return self._snapshot

    def _join(self, index: int) -> None:
        if pieces := self._texts.get(index):
            self._parts.plain[index]["text"]["value"] += "".join(pieces)
            pieces.clear()


class GrowingStep:
    """A run step and the deltas that came since."""

    def __init__(self, step: RunStep) -> None:
        self._step = step
        self._snapshot: RunStep | None = step
        self._details = _plain(step.step_details)
        self._calls = _GrowingList(self._details.pop("tool_calls", None) or [])

    @property
    def is_open(self) -> bool:
        """Whether it is still being made."""
        return self._step.status == "in_progress"

    def add(self, delta: RunStepDelta) -> None:
        """Take in what is new."""
        self._snapshot = None
        details = delta.delta.step_details
        if isinstance(details, ToolCallsDelta):
            for call in details.tool_calls:
                self._calls.add(_plain(call))
        else:
            merge(self._details, _plain(details))

    def tool_call(self, index: int) -> ToolCall | None:
        """The tool call at `index`, so far; None if there is none."""
        plain = self._calls.plain.get(index)
        return None if plain is None else cast("ToolCall", _variant(plain, ToolCall))

    def snapshot(self) -> RunStep:
        """Everything so far."""
        if self._snapshot is None:
            details = dict(self._details)
            if self._calls.plain:
                details["type"] = "tool_calls"
                details["tool_calls"] = [call for _, call in sorted(self._calls.plain.items())]
            step_details = _variant(details, StepDetails)
            self._snapshot = msgspec.structs.replace(self._step, step_details=step_details)
        return self._snapshot


class _GrowingList:
    """Parts or calls as plain data, by their index."""

    def __init__(self, items: Iterable[object]) -> None:
        self.plain = {index: _plain(item) for index, item in enumerate(items)}

    def add(self, delta: dict[str, Any]) -> tuple[int, bool]:
        """Merge `delta`, and give its index and whether it is the first one there."""
        index: int = delta.get("index", len(self.plain))
        is_new = index not in self.plain
        if is_new:
            self.plain[index] = deepcopy(_OPENINGS.get(str(delta.get("type")), {}))
        merge(self.plain[index], delta)
        return index, is_new


def _plain(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", msgspec.json.decode(encode(value)))


def _variant(plain: dict[str, Any], variants: object) -> object:
    """`plain` as one of `variants`; as `Unknown` while too little of it is there."""
    try:
        return decode(encode(plain), cast("type[object]", variants))
    except msgspec.ValidationError:
        return Unknown(value=plain)
