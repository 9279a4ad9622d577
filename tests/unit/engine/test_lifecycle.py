"""The table of statuses: what it allows, and that nothing else happens."""

import pytest

from threadkeep.engine import lifecycle
from threadkeep.engine.lifecycle import ACTIVE, TERMINAL, TRANSITIONS, ImpossibleTransitionError
from threadkeep.types.run import (
    FunctionCall,
    LastError,
    RequiredAction,
    RequiredToolCall,
    Run,
    SubmitToolOutputs,
)
from threadkeep.types.usage import Usage

CALL = RequiredToolCall(id="call_1", function=FunctionCall(name="f", arguments="{}"))
ACTION = RequiredAction(submit_tool_outputs=SubmitToolOutputs(tool_calls=[CALL]))
ERROR = LastError(code="server_error", message="Oh.")
USAGE = Usage(prompt_tokens=1, completion_tokens=1, total_tokens=2)

CHANGES = {
    "start": lambda run: lifecycle.start(run, 7),
    "park": lambda run: lifecycle.park(run, ACTION),
    "resume": lifecycle.resume,
    "requeue": lifecycle.requeue,
    "complete": lambda run: lifecycle.complete(run, 7, USAGE),
    "cut off": lambda run: lifecycle.cut_off(run, 7, "max_completion_tokens", USAGE),
    "fail": lambda run: lifecycle.fail(run, 7, ERROR, USAGE),
    "ask to cancel": lifecycle.ask_to_cancel,
    "cancel": lambda run: lifecycle.cancel(run, 7, USAGE),
    "expire": lambda run: lifecycle.expire(run, USAGE),
}


def run_in(status: str) -> Run:
    return Run(id="run_1", status=status, expires_at=600, started_at=3)


def test_there_is_a_change_for_each_row_of_the_table():
    assert {transition.name for transition in TRANSITIONS} == set(CHANGES)


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda t: t.name)
@pytest.mark.parametrize("status", sorted(ACTIVE | TERMINAL))
def test_each_change_happens_just_where_the_table_has_it(transition, status):
    change = CHANGES[transition.name]

    if status in transition.sources:
        assert change(run_in(status)).status == transition.target
    else:
        with pytest.raises(ImpossibleTransitionError):
            change(run_in(status))


def test_no_way_leads_out_of_a_terminal_status():
    assert not any(set(transition.sources) & TERMINAL for transition in TRANSITIONS)


def test_every_active_status_leads_to_a_terminal_one():
    for status in ACTIVE:
        reached, todo = set(), [status]
        while todo:
            here = todo.pop()
            reached.add(here)
            todo += [t.target for t in TRANSITIONS if here in t.sources and t.target not in reached]
        assert reached & TERMINAL


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("complete", "completed_at"),
        ("cut off", "completed_at"),
        ("fail", "failed_at"),
        ("cancel", "cancelled_at"),
    ],
)
def test_a_run_that_ends_has_its_time_its_usage_and_no_deadline(name, stamp):
    run = CHANGES[name](run_in("in_progress"))

    assert getattr(run, stamp) == 7
    assert run.usage == USAGE
    assert run.expires_at is None
    assert run.required_action is None


def test_waiting_keeps_the_deadline_and_shows_no_usage():
    run = lifecycle.park(run_in("in_progress"), ACTION)

    assert (run.expires_at, run.usage, run.required_action) == (600, None, ACTION)


def test_resuming_keeps_the_old_start_until_the_next_one():
    run = lifecycle.resume(lifecycle.park(run_in("in_progress"), ACTION))

    assert (run.started_at, run.required_action) == (3, None)
    assert lifecycle.start(run, 9).started_at == 9
