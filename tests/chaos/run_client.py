"""A run client: has one run made and sees it through to its end, on as many streams as it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from tests.chaos.caller import (
    PAUSE_SECONDS,
    Answer,
    BrokenStreamError,
    Caller,
    Streamed,
    new_key,
)
from tests.chaos.ledger import NUMBERED, Ledger, RunEntry, ThreadEntry
from tests.chaos.transcript import TERMINAL, OrderError


class RunClient:
    """Writes all that it is told into the ledger."""

    def __init__(
        self, caller: Caller, ledger: Ledger, thread: ThreadEntry, entry: RunEntry
    ) -> None:
        self._caller = caller
        self._ledger = ledger
        self._thread = thread
        self._entry = entry
        self._cancel_asked_at: float | None = None

    async def see_through(self, path: str, body: dict[str, Any]) -> None:
        """Send the call until it is known which run it made, and stay until that has ended."""
        key = new_key()
        while self._entry.id is None:
            await self._watch(path, body, key)
            if self._entry.id is None:
                self._entry.lost_answers += 1
                await asyncio.sleep(PAUSE_SECONDS)
        while self._entry.end is None:
            if self._entry.transcript.waits_for_outputs:
                await self._submit()
            elif self._entry.kind in NUMBERED:
                await self._resume()
            else:
                await self._poll()

    async def _watch(self, path: str, body: dict[str, Any], key: str) -> None:
        """One call and the events that it is answered with, as far as they come."""
        try:
            async with self._caller.stream(
                "POST", path, body, key=key, headers=self._headers
            ) as answer:
                if isinstance(answer, Answer):
                    await self._take(answer)
                else:
                    await self._read(answer)
        except BrokenStreamError as error:
            self._entry.last_answer = str(error)
            self._break_off()

    def _break_off(self) -> None:
        """A numbered stream goes on exactly where it broke; of others, something may be missed."""
        if self._entry.transcript.last_event_id is None:
            self._entry.transcript.break_off()

    async def _read(self, events: AsyncIterator[Streamed]) -> None:
        cancelling: asyncio.Task[None] | None = None
        try:
            async for event in events:
                self._note(event)
                if self._entry.kind == "cancelled" and event.name == "thread.message.delta":
                    cancelling = cancelling or asyncio.create_task(self._cancel())
        finally:
            if cancelling is not None:
                await cancelling

    def _note(self, event: Streamed) -> None:
        self._ledger.events += 1
        if event.name == "thread.created" and not self._thread.id:
            self._thread.id = event.data["id"]
            self._ledger.threads.append(self._thread)
        try:
            self._entry.transcript.feed(*event)
        except OrderError as error:
            self._ledger.problems.append(f"{self._entry.kind} run {self._entry.id}: {error}")
        if event.data.get("object") == "thread.run":
            self._entry.see(event.data)
        if event.name == "thread.run.cancelled" and self._cancel_asked_at is not None:
            self._ledger.cancel_seconds.append(time.monotonic() - self._cancel_asked_at)

    async def _take(self, answer: Answer) -> None:
        """An answer that is no stream: the run; or that there is one, made by a call whose answer was lost."""
        self._entry.last_answer = f"{answer.status} {answer.body!r}"
        if answer.status == 200:
            self._entry.see(answer.json)
        elif answer.status == 400 and b"already has an active run" in answer.body:
            await self._adopt()
        elif answer.status < 500 and not answer.is_held:
            raise AssertionError(f"{self._entry.kind} run {self._entry.id}: {answer}")

    async def _adopt(self) -> None:
        known = {run.id for run in self._thread.runs}
        page = await self._caller.ok("GET", f"/threads/{self._thread.id}/runs?limit=100")
        for run in page["data"]:
            if run["id"] not in known and run["status"] not in TERMINAL:
                self._entry.see(run)

    async def _cancel(self) -> None:
        asked_at = time.monotonic()
        answer = await self._caller.once("POST", f"{self._path}/cancel", key=new_key())
        if answer is not None and answer.status == 200:
            self._entry.is_cancel_acknowledged = True
            self._cancel_asked_at = asked_at

    async def _submit(self) -> None:
        """Answer the function calls, and watch on."""
        action = (self._entry.transcript.run or {})["required_action"]
        calls = action["submit_tool_outputs"]["tool_calls"]
        outputs = [{"tool_call_id": call["id"], "output": "found"} for call in calls]
        body = {"tool_outputs": outputs, "stream": True}
        key = new_key()
        with suppress(AssertionError):  # submitted already, by a call whose answer was lost
            await self._watch(f"{self._path}/submit_tool_outputs", body, key)
        if self._entry.transcript.waits_for_outputs:
            await self._poll()

    async def _resume(self) -> None:
        """Watch on after the last event that was seen, at whatever node answers."""
        after = self._entry.transcript.last_event_id
        headers = {"accept": "text/event-stream"} | ({"last-event-id": after} if after else {})
        try:
            async with self._caller.stream(
                "GET", f"{self._path}/events", headers=headers
            ) as answer:
                assert not isinstance(answer, Answer), f"{self._path}/events: {answer}"
                self._ledger.resumed += 1
                await self._read(answer)
        except BrokenStreamError:
            await asyncio.sleep(PAUSE_SECONDS)

    async def _poll(self) -> None:
        """Ask for the run until it has ended or needs its caller."""
        self._entry.transcript.break_off()
        while (run := await self._caller.ok("GET", self._path))["status"] not in TERMINAL:
            if run["status"] == "requires_action":
                self._entry.transcript.feed("thread.run.requires_action", run)
                return
            await asyncio.sleep(PAUSE_SECONDS)
        self._entry.see(run)

    @property
    def _headers(self) -> dict[str, str]:
        return {"threadkeep-events": "numbered"} if self._entry.kind in NUMBERED else {}

    @property
    def _path(self) -> str:
        return f"/threads/{self._thread.id}/runs/{self._entry.id}"
