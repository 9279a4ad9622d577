"""A tool of the server's whose calls are counted and traced."""

from __future__ import annotations

from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.genai import tool_attributes, tool_name
from threadkeep.tools import RequestedCall, ServerTool
from threadkeep.types.run import Run
from threadkeep.types.run_step import ToolCall


class ObservedTool:
    """Does as the tool within does."""

    def __init__(self, tool: ServerTool, telemetry: Telemetry) -> None:
        self._tool = tool
        self._telemetry = telemetry
        self.offered = tool.offered
        self.prepare = tool.prepare
        self.opening = tool.opening
        self.opened = tool.opened
        self.arguments = tool.arguments
        self.output = tool.output
        self.citations = tool.citations

    @property
    def type(self) -> str:
        """The type of the tool, and of its calls."""
        return self._tool.type

    async def perform(self, project: str, run: Run, call: RequestedCall) -> ToolCall:
        """Run it."""
        span = self._telemetry.tracing.begin(
            tool_name(self.type), tool_attributes(self.type, call.id, run)
        )
        outcome = "failed"
        with span.entered():
            try:
                performed = await self._tool.perform(project, run, call)
                outcome = "completed"
            except Exception as error:
                span.fail(type(error).__name__)
                raise
            finally:
                self._telemetry.metrics.tool_calls.add(self.type, outcome)
        return performed
