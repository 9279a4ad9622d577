"""The function calls that a turn asks for: calls as they grow, and the events that tell of them. Pure."""

from __future__ import annotations

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.emission import Emission
from threadkeep.inference import ToolCallChunk
from threadkeep.types import ids
from threadkeep.types.delta import (
    FunctionDelta,
    FunctionToolCallDelta,
    RunStepDelta,
    RunStepDeltaDetails,
    ToolCallsDelta,
)
from threadkeep.types.ids import IdSource
from threadkeep.types.run import (
    FunctionCall,
    RequiredAction,
    RequiredToolCall,
    Run,
    SubmitToolOutputs,
)
from threadkeep.types.run_step import (
    FunctionCallRecord,
    FunctionToolCall,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)


class _Call:
    """A call that grows. Its id is ours: models repeat theirs, or give none."""

    def __init__(self, index: int, id: str) -> None:
        self.index = index
        self.id = id
        self.name = ""
        self.is_announced = False
        self.arguments: list[str] = []


class FunctionCalls:
    """The calls of one turn and their step: parallel calls share it."""

    def __init__(self, run: Run, source: IdSource, now: int) -> None:
        self._source = source
        self._step = parts.new_tool_calls_step(run, source, now)
        self._calls: dict[int, _Call] = {}

    @property
    def step(self) -> RunStep:
        """The step with the calls as far as they are known."""
        calls: list[ToolCall] = [
            FunctionToolCall(
                id=call.id,
                function=FunctionCallRecord(name=call.name, arguments="".join(call.arguments)),
            )
            for call in self._calls.values()
        ]
        return msgspec.structs.replace(self._step, step_details=ToolCallsDetails(tool_calls=calls))

    @property
    def names(self) -> list[str]:
        """The functions that are called."""
        return [call.name for call in self._calls.values()]

    def opened(self) -> list[Emission]:
        """The step was made, with no call in it yet."""
        return emission.of_new_step(self._step)

    def add(self, chunk: ToolCallChunk) -> list[Emission]:
        """More of a call: first one delta with id and name, then its arguments (contract §7.3 B)."""
        call = self._calls.get(chunk.index)
        if call is None:
            call = _Call(len(self._calls), self._source.make(ids.CALL))
            self._calls[chunk.index] = call
        emissions: list[Emission] = []
        if chunk.name and not call.is_announced:
            call.name, call.is_announced = chunk.name, True
            emissions.append(self._announcement(call))
        if chunk.arguments:
            call.arguments.append(chunk.arguments)
            delta = FunctionDelta(arguments=chunk.arguments)
            emissions.append(self._delta(FunctionToolCallDelta(index=call.index, function=delta)))
        return emissions

    def required_action(self) -> RequiredAction:
        """What the caller has to do."""
        calls = [
            RequiredToolCall(
                id=call.id,
                function=FunctionCall(name=call.name, arguments="".join(call.arguments)),
            )
            for call in self._calls.values()
        ]
        return RequiredAction(submit_tool_outputs=SubmitToolOutputs(tool_calls=calls))

    def _announcement(self, call: _Call) -> Emission:
        function = FunctionDelta(name=call.name, arguments="", output=None)
        return self._delta(FunctionToolCallDelta(index=call.index, id=call.id, function=function))

    def _delta(self, call: FunctionToolCallDelta) -> Emission:
        details = RunStepDeltaDetails(step_details=ToolCallsDelta(tool_calls=[call]))
        return Emission("thread.run.step.delta", RunStepDelta(id=self._step.id, delta=details))
