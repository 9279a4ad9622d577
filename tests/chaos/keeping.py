"""What servers have to keep: everything in a ledger is held against what they say afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.chaos.caller import Caller
from tests.chaos.ledger import Ledger, RunEntry, ThreadEntry
from tests.chaos.script import TOKENS_PER_TURN, answer_to
from tests.chaos.transcript import TERMINAL, text_of

GIVEN_UP = "The run was given up after"
_AT_ONCE = 16


async def check_kept(ledger: Ledger, caller: Caller) -> None:
    """Fail with all that was lost, done twice, left open or told wrongly."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def check(thread: ThreadEntry) -> list[str]:
        async with turn:
            return await _Keeping(caller, thread).problems()

    found = await asyncio.gather(*(check(thread) for thread in ledger.threads))
    problems = [*ledger.problems, *(problem for problems in found for problem in problems)]
    assert not problems, "\n".join([f"{len(problems)} problems:", *problems[:20]])
    assert ledger.threads, "nothing was acknowledged, so nothing was tried"


class _Keeping:
    """One thread as the servers have it."""

    def __init__(self, caller: Caller, thread: ThreadEntry) -> None:
        self._caller = caller
        self._thread = thread
        self._path = f"/threads/{thread.id}"
        self._problems: list[str] = []

    async def problems(self) -> list[str]:
        """What is not as it has to be."""
        self._messages = await self._all(f"{self._path}/messages")
        runs = {run["id"]: run for run in await self._all(f"{self._path}/runs")}
        self._check_messages()
        self._check_repeated(runs)
        for entry in self._thread.runs:
            if entry.id is not None:
                self._check_acknowledged(entry, runs.get(entry.id))
        for run in runs.values():
            await self._check_run(run)
        await self._check_unlocked()
        return [f"{self._thread.id}: {problem}" for problem in self._problems]

    def _check_messages(self) -> None:
        """What was acknowledged is there, once, in that order; what was sent again may be there as often."""
        said = [message["id"] for message in self._messages if message["role"] == "user"]
        kept = [message.id for message in self._thread.said]
        self._require([id_ for id_ in said if id_ in kept] == kept, f"of {kept} are kept {said}")
        texts = Counter(text_of(m) for m in self._messages if m["role"] == "user")
        for message in self._thread.said:
            times = texts[message.text]
            self._require(times <= message.tries, f"{message} is there {times} times")

    def _check_repeated(self, runs: dict[str, Any]) -> None:
        acknowledged = {entry.id for entry in self._thread.runs}
        unknown = [run for run in runs if run not in acknowledged]
        lost = sum(entry.lost_answers for entry in self._thread.runs)
        self._require(len(unknown) <= lost, f"nobody asked for {unknown}")

    def _check_acknowledged(self, entry: RunEntry, run: dict[str, Any] | None) -> None:
        if run is None:
            self._problems.append(f"{entry.kind} run {entry.id} is lost")
            return
        if entry.end is not None:
            self._require(entry.end == run, f"{run['id']} was {entry.end} and is {run}")
        wanted = {"completed"}
        if entry.is_cancel_acknowledged:
            wanted.add("cancelled")
        if entry.kind == "cancelled":
            wanted.add("cancelled")  # asked for by a call whose answer was lost
        is_given_up = GIVEN_UP in str(run["last_error"])
        self._require(
            run["status"] in wanted or is_given_up, f"{entry.kind} {run['id']} is {_short(run)}"
        )

    async def _check_run(self, run: dict[str, Any]) -> None:
        self._require(run["status"] in TERMINAL, f"{run['id']} is {run['status']}")
        steps = await self._all(f"{self._path}/runs/{run['id']}/steps")
        answers = [message for message in self._messages if message["run_id"] == run["id"]]
        for part in (*steps, *answers):
            self._require(part["status"] != "in_progress", f"left open: {part['id']}")
        if run["status"] == "completed":
            self._check_answer(run, steps, answers)
        self._require(len(answers) <= 1, f"{run['id']} answered {len(answers)} times")

    def _check_answer(self, run: dict[str, Any], steps: list[Any], answers: list[Any]) -> None:
        """The whole answer, once; each turn in one step, its tokens counted once."""
        texts = [text_of(message) for message in answers]
        expected = [[answer_to(entry.asked)] for entry in self._thread.runs]
        self._require(texts in expected, f"{run['id']} answered {texts}")
        types = [step["type"] for step in steps]
        turns = ["tool_calls", "message_creation"] if run["tools"] else ["message_creation"]
        self._require(types == turns, f"{run['id']} has steps {types}")
        self._require(
            {step["status"] for step in steps} == {"completed"}, f"{run['id']} has steps {steps}"
        )
        used = run["usage"]["total_tokens"]
        self._require(used == TOKENS_PER_TURN * len(turns), f"{run['id']} used {used} tokens")

    async def _check_unlocked(self) -> None:
        message = {"role": "user", "content": "still there?"}
        answer = await self._caller.call("POST", f"{self._path}/messages", message)
        self._require(answer.status == 200, f"is locked: {answer}")

    async def _all(self, path: str) -> list[Any]:
        page = await self._caller.ok("GET", f"{path}?order=asc&limit=100")
        self._require(not page["has_more"], f"{path} has more than one page")
        return page["data"]

    def _require(self, holds: bool, problem: str) -> None:
        if not holds:
            self._problems.append(problem)


def _short(run: dict[str, Any]) -> str:
    return f"{run['status']} ({run['last_error'] or run['incomplete_details']})"
