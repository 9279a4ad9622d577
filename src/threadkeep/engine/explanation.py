"""Why a run stands where it stands, in plain words. Pure: a standing becomes an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from threadkeep.engine import lifecycle
from threadkeep.engine.rescuer import MAX_ATTEMPTS
from threadkeep.storage import RunStanding, WorkerLease
from threadkeep.types.run import Run
from threadkeep.types.run_explanation import RunExplanation, WaitsFor

_NO_WORKER = "No worker is alive: start one with `threadkeep serve` or `threadkeep worker`."


class _Words(NamedTuple):
    """What it waits for, where it stands now, and what comes next."""

    waits_for: WaitsFor | None
    now: str
    next: str


def explanation(standing: RunStanding, leases: Sequence[WorkerLease]) -> RunExplanation:
    """What the run waits for, who holds it, until when, and what comes next."""
    record = standing.record
    is_over = record.run.status in lifecycle.TERMINAL
    workers_alive = sum(lease.seconds_left > 0 for lease in leases)
    words = _words(standing, workers_alive)
    return RunExplanation(
        run_id=record.run.id,
        thread_id=record.run.thread_id,
        status=record.run.status,
        waits_for=words.waits_for,
        held_by=record.worker if _is_held(record.run) else None,
        lease_seconds_left=standing.lease_seconds_left if _is_held(record.run) else None,
        queued_seconds=standing.queued_seconds,
        ahead_count=standing.ahead_count,
        workers_alive=workers_alive,
        attempts=record.attempts,
        expires_in_seconds=None if is_over else standing.due_seconds,
        now=words.now,
        next=words.next,
    )


def _words(standing: RunStanding, workers_alive: int) -> _Words:
    run = standing.record.run
    if run.status in lifecycle.TERMINAL:
        return _Words(None, _how_it_ended(run), "Nothing: a run that is over never changes again.")
    if standing.due_seconds == 0:
        return _Words("expiry", "Its time is over.", "It is expired as soon as anybody looks.")
    match run.status:
        case "queued":
            return _queued(standing, workers_alive)
        case "requires_action":
            return _parked(standing)
        case _:
            return _held(standing, workers_alive)


def _queued(standing: RunStanding, workers_alive: int) -> _Words:
    attempts = standing.record.attempts
    again = f" It was claimed {_times(attempts)} before; its worker died." if attempts else ""
    since = f" for {_seconds(standing.queued_seconds)}" if standing.queued_seconds else ""
    now = f"It waits for a worker{since}; {_runs(standing.ahead_count)} queued before it.{again}"
    if not workers_alive:
        return _Words("worker", now, f"{_NO_WORKER} {_expiry(standing)}")
    return _Words(
        "worker",
        now,
        f"{_workers(workers_alive)} alive; the oldest run is claimed first. If it goes on waiting, every worker has as"
        f" many runs as `engine.concurrency` lets it have: start more. {_expiry(standing)}",
    )


def _parked(standing: RunStanding) -> _Words:
    action = standing.record.run.required_action
    calls = action.submit_tool_outputs.tool_calls if action else []
    names = ", ".join(f"{call.function.name} ({call.id})" for call in calls)
    return _Words(
        "tool outputs",
        f"It waits for its caller to submit the outputs of {names}. No worker holds it.",
        f"Once they are submitted it is queued again. {_expiry(standing)}",
    )


def _held(standing: RunStanding, workers_alive: int) -> _Words:
    record, left = standing.record, standing.lease_seconds_left
    if not left:
        return _orphaned(standing, workers_alive)
    lease = f"whose lease runs for {_seconds(left)} and is renewed before that"
    if record.run.status == "cancelling":
        return _Words(
            "cancel",
            f"It was cancelled; {record.worker} still has it, {lease}.",
            "The worker stops it as soon as it hears of that: at once by the bus, else with its next renewal.",
        )
    attempt = f", attempt {record.attempts}" if record.attempts > 1 else ""
    return _Words(
        "chat model",
        f"{record.worker} works on it{attempt}, {lease}. It waits for the chat model, or for a tool of the server's.",
        f"It ends with the model's answer, or waits for tool outputs. {_expiry(standing)}",
    )


def _orphaned(standing: RunStanding, workers_alive: int) -> _Words:
    record = standing.record
    now = f"{record.worker} had it and let its lease run out: it died, or does not reach the database."
    if not workers_alive:
        return _Words("rescue", now, f"{_NO_WORKER} {_expiry(standing)}")
    return _Words("rescue", now, f"Another worker rescues it within seconds: {_rescued(standing)}")


def _rescued(standing: RunStanding) -> str:
    record = standing.record
    if record.run.status == "cancelling":
        return "it is cancelled."
    if record.on_crash == "fail":
        return "it is failed, as `on_crash` asks for."
    if record.attempts >= MAX_ATTEMPTS:
        return f"it is failed, after {record.attempts} attempts."
    return "it is queued again, and goes on after the steps that are kept."


def _how_it_ended(run: Run) -> str:
    match run.status:
        case "failed":
            error = run.last_error
            return f"It failed: {error.code}: {error.message}" if error else "It failed."
        case "incomplete":
            reason = run.incomplete_details.reason if run.incomplete_details else "a limit"
            return f"It is incomplete: it reached {reason}."
        case "expired":
            return "It expired before it was over."
        case "cancelled":
            return "It was cancelled."
        case _:
            return "It is completed."


def _is_held(run: Run) -> bool:
    return run.status in lifecycle.HELD


def _expiry(standing: RunStanding) -> str:
    due = standing.due_seconds
    return "" if due is None else f"It expires in {_seconds(due)}."


def _seconds(seconds: float | None) -> str:
    seconds = seconds or 0
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _runs(count: int) -> str:
    return {0: "no run is", 1: "1 run is"}.get(count, f"{count} runs are")


def _workers(count: int) -> str:
    return "1 worker is" if count == 1 else f"{count} workers are"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
