"""Tools that the server runs itself, as against functions that the caller runs: the contract.

To the model a server tool looks like a function; in the run it is a tool call of its own kind. What the model is told
of a call is derived from the completed call as it is kept, so that a run that is
taken over goes on with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from threadkeep.settings import MarkStyle
from threadkeep.types.delta import ToolCallDelta
from threadkeep.types.message import FileCitation
from threadkeep.types.run import Run
from threadkeep.types.run_step import ToolCall
from threadkeep.types.tool import FunctionTool


class ToolError(Exception):
    """The tool cannot be used in this run; the message becomes the run's last error."""


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """What a mark in the model's answer stands for.

    `mark` is what the model was told to write, such as `【0:1†notes.txt】`; `source` names the place in the file to
    people.
    """

    mark: str
    source: str
    file_citation: FileCitation


class Citations(msgspec.Struct, frozen=True):
    """What an answer may cite, by the numbers of its mark, such as `0:1`; and how marks are written in it."""

    by_number: Mapping[str, Callable[[], Citation]] = {}
    style: MarkStyle = "hosted"


class RequestedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that the model asks for.

    `arguments` may be any text. No other call of which the model knows has the `number`. What the model is told of the
    completed call should have at most `most_tokens`. The same call of the same run step may be asked for again, with
    the same `idempotency_key`: whoever changes something elsewhere passes the key on, so that it is changed once.
    """

    id: str
    arguments: str
    number: int
    most_tokens: int
    idempotency_key: str


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

    async def perform(self, project: str, run: Run, call: RequestedCall) -> ToolCall:
        """Run it; the completed call. Raises `ToolError`."""
        ...

    def arguments(self, call: ToolCall) -> str:
        """What the model asked for, as JSON, from the completed call."""
        ...

    def output(self, call: ToolCall) -> str:
        """What the model is told of the completed call."""
        ...

    def citations(self, calls: Iterable[ToolCall]) -> Citations:
        """What an answer may cite of whom the model was told of these calls."""
        ...
