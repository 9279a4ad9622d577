"""A load: clients that hold conversations all the while, whatever becomes of the servers."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence
from typing import Any, Self

from tests.chaos.caller import Caller
from tests.chaos.ledger import Kind, Ledger, RunEntry, Said, ThreadEntry
from tests.chaos.run_client import RunClient
from tests.chaos.script import FUNCTION

KINDS: tuple[Kind, ...] = (
    "streamed",
    "streamed",
    "polled",
    "functions",
    "cancelled",
    "with thread",
)
_RUNS_PER_THREAD = 3
_LOOK_SECONDS = 0.02


class Load:
    """Holds `clients` conversations at once while its block runs.

    async with Load(caller) as load:
        ...                             # faults
        ledger = await load.finish()    # what was begun comes to its end
    """

    def __init__(
        self, caller: Caller, *, clients: int = 12, kinds: Sequence[Kind] = KINDS, seed: int = 1
    ) -> None:
        self.ledger = Ledger()
        self._caller = caller
        self._clients = clients
        self._kinds = kinds
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []
        self._assistant = ""

    async def __aenter__(self) -> Self:
        body = {"model": "scripted-model", "name": "chaos"}
        self._assistant = (await self._caller.ok("POST", "/assistants", body))["id"]
        self._tasks = [asyncio.create_task(self._converse()) for _ in range(self._clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def finish(self, seconds: float = 30.0) -> Ledger:
        """Begin nothing more, and wait for what was begun; what is not over by then is stuck."""
        self._is_over = True
        _, stuck = await asyncio.wait(self._tasks, timeout=seconds)
        if stuck:
            open_runs = [(run.kind, run.id) for run in self.ledger.runs if run.end is None]
            self.ledger.problems.append(f"{len(stuck)} clients are stuck, with {open_runs}")
        return self.ledger

    async def reach(self, ended: int, seconds: float = 30.0) -> None:
        """Return once so many more runs have ended: the servers are at work."""
        goal = self.ledger.ended + ended
        async with asyncio.timeout(seconds):
            while self.ledger.ended < goal:
                await asyncio.sleep(_LOOK_SECONDS)

    async def _converse(self) -> None:
        """One thread after the other. What goes wrong is noted, and the client begins anew."""
        while not self._is_over:
            try:
                await self._use_thread()
            except Exception as error:
                self.ledger.problems.append(f"{type(error).__name__}: {error}")

    async def _use_thread(self) -> None:
        thread: ThreadEntry | None = None
        for _ in range(_RUNS_PER_THREAD):
            kind = self._random.choice(self._kinds)
            if thread is None:
                thread = await self._new_thread(kind)
            else:
                await self._say_and_run(thread, "streamed" if kind == "with thread" else kind)
            if self._is_over:
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
