"""Every status of a run is explained: what it waits for, who holds it, what comes next."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.records import new_run, new_thread
from threadkeep.engine.explanation import explanation
from threadkeep.engine.lifecycle import ACTIVE, TERMINAL
from threadkeep.engine.rescuer import MAX_ATTEMPTS
from threadkeep.storage import RunRecord, RunStanding, WorkerLease
from threadkeep.types.run import (
    FunctionCall,
    IncompleteDetails,
    LastError,
    RequiredAction,
    RequiredToolCall,
    SubmitToolOutputs,
)

ALIVE = [WorkerLease(worker="worker_1", seconds_left=3.0, run_count=1, file_count=0)]
GONE = [WorkerLease(worker="worker_1", seconds_left=0.0, run_count=1, file_count=0)]
CALL = RequiredToolCall(id="call_1", function=FunctionCall(name="get_weather", arguments="{}"))
WAITING = RequiredAction(submit_tool_outputs=SubmitToolOutputs(tool_calls=[CALL]))


def standing(status: str, *, run: dict[str, Any] | None = None, **fields: Any) -> RunStanding:
    """A run in this status."""
    record_fields = {
        name: fields.pop(name) for name in ("worker", "attempts", "on_crash") if name in fields
    }
    record = RunRecord(
        project="default",
        run=new_run(new_thread(), status=status, **(run or {})),
        revision=1,
        **record_fields,
    )
    given: dict[str, Any] = {
        "queued_seconds": None,
        "ahead_count": 0,
        "lease_seconds_left": None,
        "due_seconds": 540.0,
    }
    return RunStanding(record=record, **given | fields)


def held(status: str = "in_progress", left: float | None = 3.2, **fields: Any) -> RunStanding:
    return standing(
        status, **{"worker": "worker_1", "attempts": 1, **fields}, lease_seconds_left=left
    )


def test_a_queued_run_waits_for_a_worker():
    told = explanation(standing("queued", queued_seconds=12.0, ahead_count=3), ALIVE)
    assert (told.waits_for, told.held_by, told.workers_alive) == ("worker", None, 1)
    assert told.now == "It waits for a worker for 12 s; 3 runs are queued before it."
    assert "1 worker is alive" in told.next
    assert told.next.endswith("It expires in 9 min.")


def test_without_a_worker_it_is_said_how_to_start_one():
    for leases in ([], GONE):
        told = explanation(standing("queued", queued_seconds=0.5, ahead_count=1), leases)
        assert told.now == "It waits for a worker for 0.5 s; 1 run is queued before it."
        assert told.next.startswith("No worker is alive: start one with `threadkeep serve`")


def test_a_run_that_was_rescued_says_so():
    told = explanation(standing("queued", queued_seconds=1.0, attempts=2), ALIVE)
    assert told.now.endswith("It was claimed 2 times before; its worker died.")


def test_a_run_that_is_worked_on_names_its_worker_and_the_lease():
    told = explanation(held(), ALIVE)
    assert (told.waits_for, told.held_by, told.lease_seconds_left) == (
        "chat model",
        "worker_1",
        3.2,
    )
    assert told.now.startswith("worker_1 works on it, whose lease runs for 3.2 s")
    assert "attempt 2" in explanation(held(attempts=2), ALIVE).now


def test_a_run_that_was_cancelled_waits_for_its_worker():
    told = explanation(held("cancelling"), ALIVE)
    assert told.waits_for == "cancel"
    assert "The worker stops it as soon as it hears of that" in told.next


@pytest.mark.parametrize("left", [0.0, None])
@pytest.mark.parametrize(
    ("fields", "comes"),
    [
        ({}, "it is queued again"),
        ({"status": "cancelling"}, "it is cancelled"),
        ({"on_crash": "fail"}, "it is failed, as `on_crash` asks for"),
        ({"attempts": MAX_ATTEMPTS}, "it is failed, after 5 attempts"),
    ],
)
def test_a_run_whose_worker_died_waits_for_its_rescue(
    left: float | None, fields: dict[str, Any], comes: str
):
    told = explanation(held(left=left, **fields), ALIVE)
    assert told.waits_for == "rescue"
    assert "let its lease run out" in told.now
    assert comes in told.next
    assert "No worker is alive" in explanation(held(left=left, **fields), GONE).next


def test_a_parked_run_names_the_calls_whose_outputs_it_waits_for():
    parked = standing("requires_action", run={"required_action": WAITING}, worker="worker_1")
    told = explanation(parked, ALIVE)
    assert (told.waits_for, told.held_by) == ("tool outputs", None)
    assert "get_weather (call_1)" in told.now


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_a_run_whose_time_is_over_waits_to_be_expired(status: str):
    told = explanation(held(status, due_seconds=0.0), ALIVE)
    assert (told.waits_for, told.expires_in_seconds) == ("expiry", 0)


@pytest.mark.parametrize(
    ("status", "run", "now"),
    [
        ("completed", {}, "It is completed."),
        ("cancelled", {}, "It was cancelled."),
        ("expired", {}, "It expired before it was over."),
        (
            "failed",
            {"last_error": LastError(code="server_error", message="Gone.")},
            "It failed: server_error: Gone.",
        ),
        (
            "incomplete",
            {"incomplete_details": IncompleteDetails(reason="max_completion_tokens")},
            "It is incomplete: it reached max_completion_tokens.",
        ),
    ],
)
def test_a_run_that_is_over_waits_for_nothing(status: str, run: dict[str, Any], now: str):
    told = explanation(standing(status, run=run, due_seconds=None), ALIVE)
    assert (told.waits_for, told.held_by, told.expires_in_seconds) == (None, None, None)
    assert told.now == now
    assert told.next.startswith("Nothing")


@pytest.mark.parametrize("status", sorted(ACTIVE | TERMINAL))
def test_every_status_is_explained_whatever_else_is_known(status: str):
    bare = replace(standing(status), due_seconds=None)
    told = explanation(bare, [])
    assert told.status == status
    assert told.now
    assert told.next
