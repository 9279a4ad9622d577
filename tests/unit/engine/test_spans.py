"""The numbers of the events that tell of a step, known before they are told."""

from threadkeep.engine import emission
from threadkeep.engine.emission import Emission
from threadkeep.engine.spans import Spans
from threadkeep.storage import EventSpan
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep, ToolCallsDetails


def step(id="step_1", status="in_progress") -> RunStep:
    return RunStep(id=id, status=status, type="tool_calls", step_details=ToolCallsDetails())


def begun(id="step_1") -> list[Emission]:
    return emission.of_new_step(step(id))


def ended(id="step_1") -> Emission:
    return emission.of_step(step(id, "completed"))


def test_a_step_that_begins_and_ends_at_once():
    emissions = [*begun(), ended()]
    assert Spans(3).of(emissions, 5) == {"step_1": EventSpan(3, 5, 7)}


def test_a_step_that_ends_later():
    spans = Spans(1)
    assert spans.of(begun(), 1) == {"step_1": EventSpan(1, 1)}
    assert spans.of([], 9) == {}
    assert spans.of([ended()], 9) == {"step_1": EventSpan(1, 1, 9)}


def test_a_step_that_is_left_to_the_caller_ends_with_the_event_that_says_so():
    spans = Spans(1)
    spans.of([*begun("step_1"), ended("step_1"), *begun("step_2")], 1)
    waiting = emission.of_run(Run(id="run_1", status="requires_action"))
    assert spans.of([waiting], 8) == {"step_2": EventSpan(1, 4, 8)}


def test_what_was_foreseen_and_not_told_is_foreseen_anew():
    """The run was cancelled while its end was being written."""
    spans = Spans(1)
    spans.of(begun(), 1)
    waiting = emission.of_run(Run(id="run_1", status="requires_action"))
    spans.of([waiting], 4)
    cancelling = emission.of_run(Run(id="run_1", status="cancelling"))
    cancelled = emission.of_step(step(status="cancelled"))
    assert spans.of([cancelling, cancelled], 4) == {"step_1": EventSpan(1, 1, 5)}
