"""A load: clients that hold conversations all the while, whatever becomes of the servers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

from tests.chaos.caller import Caller
from tests.chaos.clients import Clients
from tests.chaos.ledger import Kind, Ledger, RunEntry, Said, ThreadEntry
from tests.chaos.run_client import RunClient
from tests.chaos.script import FUNCTION

KINDS: tuple[Kind, ...] = (
    "streamed",
    "resumed",
    "resumed",
    "polled",
    "functions",
    "cancelled",
    "with thread",
)
_RUNS_PER_THREAD = 3


class Load(Clients):
    """Holds `count` conversations at once; all that is acknowledged stands in the ledger."""

    def __init__(
        self, caller: Caller, *, count: int = 12, kinds: Sequence[Kind] = KINDS, seed: int = 1
    ) -> None:
        super().__init__(count)
        self.ledger = Ledger(problems=self.problems)
        self._caller = caller
        self._kinds = kinds
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._assistant = ""

    @property
    def ended(self) -> int:
        """How many runs have ended."""
        return self.ledger.ended

    async def prepare(self) -> None:
        """Make the assistant."""
        body = {"model": "scripted-model", "name": "chaos"}
        self._assistant = (await self._caller.ok("POST", "/assistants", body))["id"]

    def unfinished(self) -> str:
        """The runs that have not ended."""
        unfinished = [run for run in self.ledger.runs if run.end is None]
        return str([(run.kind, run.id, run.asked, run.last_answer) for run in unfinished])

    async def work(self) -> None:
        """One thread, with some runs."""
        thread: ThreadEntry | None = None
        for _ in range(_RUNS_PER_THREAD):
            kind = self._random.choice(self._kinds)
            if thread is None:
                thread = await self._new_thread(kind)
            else:
                await self._say_and_run(thread, "streamed" if kind == "with thread" else kind)
            if self.is_over:
                return

    async def _new_thread(self, kind: Kind) -> ThreadEntry:
        """A thread with its first run."""
        thread = ThreadEntry()
        if kind == "with thread":
            entry = self._entry(thread, kind)
            said = [{"role": "user", "content": entry.asked}]
            body = {**self._body(kind), "thread": {"messages": said}}
            await self._client(thread, entry).see_through("/threads/runs", body)
            return thread
        thread.id = (await self._caller.ok("POST", "/threads", {}))["id"]
        self.ledger.threads.append(thread)
        await self._say_and_run(thread, kind)
        return thread

    async def _say_and_run(self, thread: ThreadEntry, kind: Kind) -> None:
        entry = self._entry(thread, kind)
        message = {"role": "user", "content": entry.asked}
        answer = await self._caller.call("POST", f"/threads/{thread.id}/messages", message)
        assert answer.status == 200, answer
        thread.said.append(Said(answer.json["id"], entry.asked, answer.tries))
        await self._client(thread, entry).see_through(
            f"/threads/{thread.id}/runs", self._body(kind)
        )

    def _entry(self, thread: ThreadEntry, kind: Kind) -> RunEntry:
        thread.runs.append(RunEntry(kind, f"m{next(self._numbers)}"))
        return thread.runs[-1]

    def _body(self, kind: Kind) -> dict[str, Any]:
        tools = [FUNCTION] if kind == "functions" else []
        return {"assistant_id": self._assistant, "stream": kind != "polled", "tools": tools}

    def _client(self, thread: ThreadEntry, entry: RunEntry) -> RunClient:
        return RunClient(self._caller, self.ledger, thread, entry)
