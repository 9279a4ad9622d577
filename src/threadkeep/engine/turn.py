"""Turn: one model request and its reply. Fed with chunks, it says what to tell, what to keep, how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.answer import Answer
from threadkeep.engine.emission import Emission
from threadkeep.engine.parts import Interruption
from threadkeep.engine.tool_calls import ServerCall, ToolCalls
from threadkeep.engine.toolbox import Toolbox
from threadkeep.inference import ChatChunk
from threadkeep.tools import Citations
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message
from threadkeep.types.run import LastError, RequiredAction, Run
from threadkeep.types.run_step import RunStep, ToolCall
from threadkeep.types.usage import Usage

PartT = TypeVar("PartT", RunStep, Message)


class Answered(msgspec.Struct, frozen=True):
    """The model gave its answer."""


class CalledTools(msgspec.Struct, frozen=True):
    """The model wants tools to be called. Their step stays open until all outputs are there.

    `server_calls` are for the server; `action` is what the caller has to do, or None.
    """

    server_calls: list[ServerCall]
    action: RequiredAction | None


class RanOut(msgspec.Struct, frozen=True):
    """The model was cut off by the budget of completion tokens."""


class WentWrong(msgspec.Struct, frozen=True):
    """What the model replied cannot be used."""

    error: LastError


Outcome: TypeAlias = Answered | CalledTools | RanOut | WentWrong


class Parts(msgspec.Struct):
    """Steps and messages that are to be kept."""

    steps: list[RunStep] = []
    messages: list[Message] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.steps or self.messages)

    @property
    def have_only_begun(self) -> bool:
        """Whether none of them has ended."""
        return all(part.status == "in_progress" for part in (*self.steps, *self.messages))

    def extend(self, later: Parts | None) -> None:
        """Add what came later, if anything did; what is there already is replaced in its place."""
        if later is None:
            return
        self.steps = _latest(self.steps, later.steps)
        self.messages = _latest(self.messages, later.messages)


class Turn:
    """One turn of `run`, whose answer may hold `citations`.

    After each call, `take_unsaved` gives what has to be kept before the emissions go out.
    """

    __slots__ = (
        "_answer",
        "_calls",
        "_clock",
        "_finish_reason",
        "_run",
        "_source",
        "_toolbox",
        "_unsaved",
        "citations",
        "usage",
    )

    def __init__(
        self,
        run: Run,
        toolbox: Toolbox,
        source: IdSource,
        clock: Clock,
    ) -> None:
        self._run = run
        self._toolbox = toolbox
        self._source = source
        self._clock = clock
        self._answer: Answer | None = None
        self._calls: ToolCalls | None = None
        self._finish_reason: str | None = None
        self.citations = Citations()
        self.usage = Usage()
        self._unsaved: Parts | None = None

    def feed(self, chunks: Iterable[ChatChunk]) -> list[Emission]:
        """The events of what is new in the reply."""
        emissions: list[Emission] = []
        for chunk in chunks:
            if chunk.text:
                answer = self._answer or self._open_answer(emissions)
                emissions += answer.add_text(chunk.text)
            if chunk.refusal:
                answer = self._answer or self._open_answer(emissions)
                emissions += answer.add_refusal(chunk.refusal)
            for call in chunk.tool_calls:
                calls = self._calls or self._open_calls(emissions)
                emissions += calls.add(call)
            self._finish_reason = chunk.finish_reason or self._finish_reason
            self.usage = chunk.usage or self.usage
        return emissions

    def finish(self) -> tuple[Outcome, list[Emission]]:
        """How the turn ended, once the reply is complete, and the last events of its parts."""
        emissions: list[Emission] = []
        if self._calls is not None:
            self._close_answer(emissions, Usage(), None)
            return self._finish_calls(self._calls, emissions), emissions
        if self._answer is None:  # a model that says nothing has answered all the same
            self._open_answer(emissions)
        self._close_answer(emissions, self.usage, _CUTS.get(self._finish_reason or ""))
        return _OUTCOMES.get(self._finish_reason or "", Answered()), emissions

    def performed(self, calls: Mapping[str, ToolCall]) -> list[Emission]:
        """The server has performed its calls, here by id. Their step is completed unless it waits for the caller."""
        assert self._calls is not None
        step = self._calls.step_with(calls)
        if self._calls.required_action is not None:
            self._to_keep.steps.append(step)
            return []
        step = parts.completed_step(step, int(self._clock.now()), self.usage)
        self._to_keep.steps.append(step)
        self._calls = None
        return [emission.of_step(step)]

    def flush(self) -> list[Emission]:
        """The events of what was held back of the message that is being written."""
        return [] if self._answer is None else self._answer.flushed()

    def interrupt(self, how: Interruption, error: LastError | None = None) -> list[Emission]:
        """The last events of parts that will not be finished: the message first, then its step."""
        now = int(self._clock.now())
        emissions: list[Emission] = []
        if self._answer is not None:
            emissions += self._answer.flushed()
            message = parts.interrupted_message(self._answer.message, how, now)
            self._to_keep.messages.append(message)
            emissions.append(emission.of_message(message))
        for open_part in (self._answer, self._calls):
            if open_part is not None:
                step = parts.interrupted_step(open_part.step, how, now, self.usage, error)
                self._to_keep.steps.append(step)
                emissions.append(emission.of_step(step))
        return emissions

    def take_unsaved(self) -> Parts | None:
        """What has to be kept, if anything; from now on it counts as kept."""
        unsaved, self._unsaved = self._unsaved, None
        return unsaved

    @property
    def _to_keep(self) -> Parts:
        if self._unsaved is None:
            self._unsaved = Parts()
        return self._unsaved

    def _open_answer(self, emissions: list[Emission]) -> Answer:
        now = int(self._clock.now())
        answer = self._answer = Answer(self._run, self.citations, self._source, now)
        self._to_keep.steps.append(answer.step)
        self._to_keep.messages.append(answer.message)
        emissions.extend(answer.opened())
        return answer

    def _open_calls(self, emissions: list[Emission]) -> ToolCalls:
        if self._answer is not None:  # text before calls is a step of its own
            self._close_answer(emissions, Usage(), None)
        now = int(self._clock.now())
        calls = self._calls = ToolCalls(self._run, self._toolbox, self._source, now)
        self._to_keep.steps.append(calls.step)
        emissions.extend(calls.opened())
        return calls

    def _close_answer(
        self, emissions: list[Emission], usage: Usage, cut_reason: str | None
    ) -> None:
        if self._answer is None:
            return
        now = int(self._clock.now())
        if cut_reason is None:
            step, message, last = self._answer.completed(now, usage)
        else:
            step, message, last = self._answer.cut(cut_reason, now, usage)
        self._to_keep.steps.append(step)
        self._to_keep.messages.append(message)
        emissions.extend(last)
        self._answer = None

    def _finish_calls(self, calls: ToolCalls, emissions: list[Emission]) -> Outcome:
        if self._finish_reason == "length":  # half a call is none
            emissions.extend(self.interrupt("cancelled"))
            return RanOut()
        self._to_keep.steps.append(calls.step)
        for name in calls.unknown_names:
            message = f"The model called '{name}', which is no tool of this run."
            return WentWrong(LastError(code="server_error", message=message))
        return CalledTools(calls.server_calls, calls.required_action)


def _latest(earlier: Iterable[PartT], later: Iterable[PartT]) -> list[PartT]:
    return list({part.id: part for part in (*earlier, *later)}.values())


_CUTS = {"length": "max_tokens", "content_filter": "content_filter"}
_FILTERED = LastError(
    code="server_error", message="The model's reply was stopped by its content filter."
)
_OUTCOMES: dict[str, Outcome] = {"length": RanOut(), "content_filter": WentWrong(_FILTERED)}
