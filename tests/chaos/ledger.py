"""A ledger: what the servers acknowledged, and what clients saw of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from tests.chaos.script import answer_to
from tests.chaos.transcript import TERMINAL, Transcript

Kind: TypeAlias = Literal["streamed", "resumed", "polled", "functions", "cancelled", "with thread"]
"""What a client does with a run.

It watches the run, and if the stream breaks it asks for the run or, if the events are numbered, resumes; asks for it
again and again; answers its function calls; cancels it.
"""
NUMBERED: Final = frozenset({"resumed", "functions"})
"""With these, events have numbers, and a stream that breaks is resumed."""


@dataclass
class Said:
    """A message of the user's that was acknowledged, and how often it had to be sent for that."""

    id: str
    text: str
    tries: int


@dataclass
class RunEntry:
    """A run that was asked for. It is acknowledged once it has an id."""

    kind: Kind
    asked: str
    id: str | None = None
    end: dict[str, Any] | None = None
    """The run as it was when it was first seen to have ended."""
    is_cancel_acknowledged: bool = False
    last_answer: str = ""
    """What it was answered when it was asked for the last time."""
    lost_answers: int = 0
    """How often it was asked for without an answer; each time a run may have been made that nobody knows."""
    transcript: Transcript = field(init=False)

    def __post_init__(self) -> None:
        self.transcript = Transcript(answer_to(self.asked))

    def see(self, run: dict[str, Any]) -> None:
        """The run was told of."""
        self.id = run["id"]
        if self.end is None and run["status"] in TERMINAL:
            self.end = run


@dataclass
class ThreadEntry:
    """A thread, with what was said and asked for on it. It is acknowledged once it has an id."""

    id: str = ""
    said: list[Said] = field(default_factory=list)
    runs: list[RunEntry] = field(default_factory=list)


@dataclass
class Ledger:
    """Everything of a load."""

    threads: list[ThreadEntry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What clients saw and must not see."""
    cancel_seconds: list[float] = field(default_factory=list)
    """From each cancel request to the event that the run is cancelled, where both were seen on one stream."""
    events: int = 0
    resumed: int = 0
    """How many streams were resumed."""

    @property
    def runs(self) -> list[RunEntry]:
        """All runs."""
        return [run for thread in self.threads for run in thread.runs]

    @property
    def ended(self) -> int:
        """How many runs were seen to end."""
        return sum(run.end is not None for run in self.runs)

    @property
    def silences(self) -> list[float]:
        """The longest time without an event that the watcher of each run had, across its reconnections."""
        return [run.transcript.longest_silence for run in self.runs if run.end is not None]
