"""The tool calls that a turn asks for: calls as they grow, and the events that tell of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from threadkeep.engine import emission, parts
from threadkeep.engine.emission import Emission
from threadkeep.engine.toolbox import Toolbox
from threadkeep.inference import ToolCallChunk
from threadkeep.tools import ServerTool
from threadkeep.types import ids
from threadkeep.types.delta import (
    FunctionDelta,
    FunctionToolCallDelta,
    RunStepDelta,
    RunStepDeltaDetails,
    ToolCallDelta,
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


class ServerCall(msgspec.Struct, frozen=True):
    """A call that the server has to perform."""

    id: str
    step_id: str
    tool: ServerTool
    arguments: str


class _Call:
    """A call that grows. Its id is ours: models repeat theirs, or give none."""

    def __init__(self, index: int, id: str) -> None:
        self.index = index
        self.id = id
        self.name: str | None = None
        self.tool: ServerTool | None = None
        self.pieces: list[str] = []

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)


class ToolCalls:
    """The calls of one turn and their step: parallel calls share it."""

    def __init__(self, run: Run, toolbox: Toolbox, source: IdSource, now: int) -> None:
        self._run = run
        self._toolbox = toolbox
        self._source = source
        self._step = parts.new_tool_calls_step(run, source, now)
        self._calls: dict[int, _Call] = {}

    @property
    def step(self) -> RunStep:
        """The step with the calls as far as they are known."""
        return self.step_with({})

    def step_with(self, performed: Mapping[str, ToolCall]) -> RunStep:
        """The step with those calls, by id, that the server has performed."""
        calls = [performed.get(call.id) or self._recorded(call) for call in self._calls.values()]
        return msgspec.structs.replace(self._step, step_details=ToolCallsDetails(tool_calls=calls))

    @property
    def unknown_names(self) -> list[str]:
        """What is called and is no tool of the run."""
        names = [call.name or "" for call in self._calls.values()]
        return [name for name in names if not self._toolbox.knows(name)]

    @property
    def server_calls(self) -> list[ServerCall]:
        """The calls that the server has to perform."""
        return [
            ServerCall(call.id, self._step.id, call.tool, call.arguments)
            for call in self._calls.values()
            if call.tool is not None
        ]

    @property
    def required_action(self) -> RequiredAction | None:
        """What the caller has to do, if the model calls functions of the caller's."""
        calls = [
            RequiredToolCall(
                id=call.id, function=FunctionCall(name=call.name or "", arguments=call.arguments)
            )
            for call in self._calls.values()
            if call.tool is None
        ]
        if not calls:
            return None
        return RequiredAction(submit_tool_outputs=SubmitToolOutputs(tool_calls=calls))

    def opened(self) -> list[Emission]:
        """The step was made, with no call in it yet."""
        return emission.of_new_step(self._step)

    def add(self, chunk: ToolCallChunk) -> list[Emission]:
        """More of a call: first one delta that opens it, then a function's arguments (contract §7.3 B, D)."""
        call = self._calls.get(chunk.index)
        if call is None:
            call = _Call(len(self._calls), self._source.make(ids.CALL))
            self._calls[chunk.index] = call
        emissions: list[Emission] = []
        if chunk.name and call.name is None:
            call.name, call.tool = chunk.name, self._toolbox.server_tool(chunk.name)
            emissions.append(self._delta(self._opening(call)))
        if chunk.arguments:
            call.pieces.append(chunk.arguments)
            if call.tool is None:
                function = FunctionDelta(arguments=chunk.arguments)
                delta = FunctionToolCallDelta(index=call.index, function=function)
                emissions.append(self._delta(delta))
        return emissions

    def _opening(self, call: _Call) -> ToolCallDelta:
        if call.tool is not None:
            return call.tool.opening(self._run, call.index, call.id)
        function = FunctionDelta(name=call.name or "", arguments="", output=None)
        return FunctionToolCallDelta(index=call.index, id=call.id, function=function)

    def _recorded(self, call: _Call) -> ToolCall:
        if call.tool is not None:
            return call.tool.opened(self._run, call.id)
        record = FunctionCallRecord(name=call.name or "", arguments=call.arguments)
        return FunctionToolCall(id=call.id, function=record)

    def _delta(self, call: ToolCallDelta) -> Emission:
        details = RunStepDeltaDetails(step_details=ToolCallsDelta(tool_calls=[call]))
        return Emission("thread.run.step.delta", RunStepDelta(id=self._step.id, delta=details))
