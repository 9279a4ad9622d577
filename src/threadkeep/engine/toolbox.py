"""The toolbox: which tools the model of a run may use, those of the caller and those of the server. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from threadkeep.tools import Citations, ServerTool
from threadkeep.types.run import LastError, Run
from threadkeep.types.run_step import (
    FileSearchToolCall,
    FunctionToolCall,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)
from threadkeep.types.tool import FunctionTool, NamedToolChoice


class Toolbox:
    """The tools of one run."""

    def __init__(self, run: Run, server_tools: Sequence[ServerTool]) -> None:
        self._run = run
        offers = [(tool, tool.offered(run)) for tool in server_tools]
        self._offers = {tool.type: (tool, offer) for tool, offer in offers if offer is not None}
        self._functions = {
            tool.function.name: tool for tool in run.tools if isinstance(tool, FunctionTool)
        }
        self.server_tools: Final = [tool for tool, _ in self._offers.values()]
        """The tools of the server's that the run has."""

    @property
    def offered(self) -> list[FunctionTool]:
        """All tools as the model is told of them. A function of the caller's hides a server tool of its name."""
        tools = {name: offer for name, (_, offer) in self._offers.items()} | self._functions
        return list(tools.values())

    @property
    def missing(self) -> list[str]:
        """The types of tools that the run has and the server does not."""
        types = {tool.type for tool in self._run.tools}
        return sorted(types - {"function"} - self._offers.keys())

    def server_tool(self, name: str) -> ServerTool | None:
        """The tool of the server's that the model calls by this name; None if it is not one."""
        if name in self._functions or name not in self._offers:
            return None
        return self._offers[name][0]

    def knows(self, name: str) -> bool:
        """Whether the model may call this."""
        return name in self._functions or name in self._offers

    def missing_choice(self) -> LastError | None:
        """Why the run cannot do what it is told to: it must use a tool that the server does not have."""
        lacking = self._lacking
        if not lacking:
            return None
        message = f"The run must use the tool '{lacking[0]}', which this server does not have."
        return LastError(code="server_error", message=message)

    @property
    def _lacking(self) -> list[str]:
        """The tools one of which the run is forced to use, if there is none that it could use."""
        choice = self._run.tool_choice
        if isinstance(choice, NamedToolChoice):
            return [] if choice.type in {"function", *self._offers} else [choice.type]
        return self.missing if choice == "required" and not self.offered else []

    def exchange(self, call: ToolCall) -> tuple[str, str, str] | None:
        """Name, arguments and output of a call that is done, as the model is told; None if it cannot be told."""
        if isinstance(call, FunctionToolCall):
            function = call.function
            return function.name, function.arguments, function.output or ""
        tool, _ = self._offers.get(call.type, (None, None))
        if tool is None:
            return None
        return tool.type, tool.arguments(call), tool.output(call)

    def citations(self, steps: Iterable[RunStep]) -> Citations:
        """What an answer after these steps may cite: numbers are those of one tool, the first that has any."""
        calls = calls_of(steps) if self.server_tools else []
        for tool in self.server_tools:
            citations = tool.citations(call for call in calls if call.type == tool.type)
            if citations.by_number:
                return citations
        return Citations()


def next_number(steps: Iterable[RunStep]) -> int:
    """The number of the next call of a server tool: higher than those of all calls in these steps."""
    searches = (call for call in calls_of(steps) if isinstance(call, FileSearchToolCall))
    return max((search.file_search.number or 0 for search in searches), default=-1) + 1


def calls_of(steps: Iterable[RunStep]) -> list[ToolCall]:
    """The tool calls of these steps."""
    return [
        call
        for step in steps
        if isinstance(step.step_details, ToolCallsDetails)
        for call in step.step_details.tool_calls
    ]
