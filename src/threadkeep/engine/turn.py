"""Turn: one model request and its reply. Fed with chunks, it says what to tell, what to keep, how it ended. Pure."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.answer import Answer
from threadkeep.engine.context import functions_of
from threadkeep.engine.emission import Emission
from threadkeep.engine.function_calls import FunctionCalls
from threadkeep.engine.parts import Interruption
from threadkeep.inference import ChatChunk
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message
from threadkeep.types.run import LastError, RequiredAction, Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.usage import Usage


class Answered(msgspec.Struct, frozen=True):
    """The model gave its answer."""


class CalledFunctions(msgspec.Struct, frozen=True):
    """The model wants functions to be called; their step stays open until their outputs are there."""

    action: RequiredAction


class RanOut(msgspec.Struct, frozen=True):
    """The model was cut off by the budget of completion tokens."""


class WentWrong(msgspec.Struct, frozen=True):
    """What the model replied cannot be used."""

    error: LastError


Outcome: TypeAlias = Answered | CalledFunctions | RanOut | WentWrong


class Parts(msgspec.Struct):
    """Steps and messages that are to be kept."""

    steps: list[RunStep] = []
    messages: list[Message] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.steps or self.messages)

    def extend(self, later: Parts) -> None:
        """Add what came later."""
        self.steps += later.steps
        self.messages += later.messages


class Turn:
    """One turn of `run`. After each call, `unsaved` holds what has to be kept before the emissions go out."""

    def __init__(self, run: Run, source: IdSource, clock: Clock) -> None:
        self._run = run
        self._source = source
        self._clock = clock
        self._answer: Answer | None = None
        self._calls: FunctionCalls | None = None
        self._finish_reason: str | None = None
        self.usage = Usage()
        self.unsaved = Parts()

    def feed(self, chunk: ChatChunk) -> list[Emission]:
        """The events of what is new in the reply."""
        emissions: list[Emission] = []
        if chunk.text:
            answer = self._answer or self._open_answer(emissions)
            emissions.append(answer.add_text(chunk.text))
        if chunk.refusal:
            answer = self._answer or self._open_answer(emissions)
            emissions.append(answer.add_refusal(chunk.refusal))
        for call in chunk.tool_calls:
            calls = self._calls or self._open_calls(emissions)
            emissions.extend(calls.add(call))
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
            emissions.append(self._open_answer(emissions).add_text(""))
        self._close_answer(emissions, self.usage, _CUTS.get(self._finish_reason or ""))
        return _OUTCOMES.get(self._finish_reason or "", Answered()), emissions

    def interrupt(self, how: Interruption, error: LastError | None = None) -> list[Emission]:
        """The last events of parts that will not be finished: the message first, then its step."""
        now = int(self._clock.now())
        emissions: list[Emission] = []
        if self._answer is not None:
            message = parts.interrupted_message(self._answer.message, how, now)
            self.unsaved.messages.append(message)
            emissions.append(emission.of_message(message))
        for open_part in (self._answer, self._calls):
            if open_part is not None:
                step = parts.interrupted_step(open_part.step, how, now, self.usage, error)
                self.unsaved.steps.append(step)
                emissions.append(emission.of_step(step))
        return emissions

    def take_unsaved(self) -> Parts:
        """What has to be kept; from now on it counts as kept."""
        unsaved, self.unsaved = self.unsaved, Parts()
        return unsaved

    def _open_answer(self, emissions: list[Emission]) -> Answer:
        answer = self._answer = Answer(self._run, self._source, int(self._clock.now()))
        self.unsaved.steps.append(answer.step)
        self.unsaved.messages.append(answer.message)
        emissions.extend(answer.opened())
        return answer

    def _open_calls(self, emissions: list[Emission]) -> FunctionCalls:
        if self._answer is not None:  # text before calls is a step of its own
            self._close_answer(emissions, Usage(), None)
        calls = self._calls = FunctionCalls(self._run, self._source, int(self._clock.now()))
        self.unsaved.steps.append(calls.step)
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
        self.unsaved.steps.append(step)
        self.unsaved.messages.append(message)
        emissions.extend(last)
        self._answer = None

    def _finish_calls(self, calls: FunctionCalls, emissions: list[Emission]) -> Outcome:
        if self._finish_reason == "length":  # half a call is none
            emissions.extend(self.interrupt("cancelled"))
            return RanOut()
        self.unsaved.steps.append(calls.step)
        unknown = set(calls.names) - functions_of(self._run).keys()
        if unknown:
            message = f"The model called '{unknown.pop()}', which is no function of this run."
            return WentWrong(LastError(code="server_error", message=message))
        return CalledFunctions(calls.required_action())


_CUTS = {"length": "max_tokens", "content_filter": "content_filter"}
_FILTERED = LastError(
    code="server_error", message="The model's reply was stopped by its content filter."
)
_OUTCOMES: dict[str, Outcome] = {"length": RanOut(), "content_filter": WentWrong(_FILTERED)}
