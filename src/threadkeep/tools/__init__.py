"""Tools that the server runs itself, as against functions that the caller runs: the contract.

To the model a server tool looks like a function; in the run it is a tool call of its own kind. What the model is told
of a call is derived from the completed call as it is kept, so that a run that is
taken over goes on with the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from threadkeep.types.delta import ToolCallDelta
from threadkeep.types.run import Run
from threadkeep.types.run_step import ToolCall
from threadkeep.types.tool import FunctionTool


class ToolError(Exception):
    """The tool cannot be used in this run; the message becomes the run's last error."""


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """What a mark in the model's answer stands for."""

    file_id: str
    quote: str


Citations: TypeAlias = Mapping[str, Citation]
"""By mark: the text, such as `【0:1†notes.txt】`, by which the model may cite."""


class ServerTool(Protocol):
    """A tool that the server runs."""

    @property
    def type(self) -> str:
        """The type of the tool, and of its calls."""
        ...

    def offered(self, run: Run) -> FunctionTool | None:
        """How the model is told of it; None if the run does not have it. The function's name is the type."""
        ...

    async def prepare(self, project: str, run: Run) -> None:
        """Make ready for a run that has it, before its model is asked. Raises `ToolError` if the run cannot be."""
        ...

    def opening(self, run: Run, index: int, call_id: str) -> ToolCallDelta:
        """The one delta that tells of a new call, before anything is known of it."""
        ...

    def opened(self, run: Run, call_id: str) -> ToolCall:
        """The call as it is kept until it is completed."""
        ...

    async def perform(
        self,
        project: str,
        run: Run,
        call_id: str,
        arguments: str,
        most_tokens: int,
        *,
        idempotency_key: str,
    ) -> ToolCall:
        """Run it with the model's `arguments`, which may be any text; the completed call. Raises `ToolError`.

        What the model is told of it should have at most `most_tokens`. The same call of the same run step may be asked
        for again, with the same `idempotency_key`: whoever changes something elsewhere passes the key on, so that it is
        changed once.
        """
        ...

    def arguments(self, call: ToolCall) -> str:
        """What the model asked for, as JSON, from the completed call."""
        ...

    def output(self, call: ToolCall, earlier: Sequence[ToolCall]) -> str:
        """What the model is told of the completed call; `earlier` are those before it in the run."""
        ...

    def citations(self, calls: Iterable[ToolCall]) -> Citations:
        """The marks that an answer after these calls, all of the run, may hold."""
        ...
