"""A turn, chunk by chunk: the events in the order of the contract (§7.3), and what is kept."""

import pytest

from tests.support.manual_clock import ManualClock
from threadkeep.engine.toolbox import Toolbox
from threadkeep.engine.turn import Answered, CalledTools, RanOut, Turn, WentWrong
from threadkeep.inference import ChatChunk, ToolCallChunk
from threadkeep.types.ids import RandomIds
from threadkeep.types.message import RefusalPart
from threadkeep.types.run import LastError, Run
from threadkeep.types.run_step import ToolCallsDetails
from threadkeep.types.tool import FunctionDefinition, FunctionTool
from threadkeep.types.usage import Usage

RUN = Run(
    id="run_1",
    thread_id="thread_1",
    assistant_id="asst_1",
    status="in_progress",
    expires_at=600,
    tools=[FunctionTool(function=FunctionDefinition(name=name)) for name in ("get_weather", "add")],
)
USAGE = Usage(prompt_tokens=5, completion_tokens=2, total_tokens=7)


@pytest.fixture
def turn() -> Turn:
    return Turn(RUN, Toolbox(RUN, []), RandomIds(), ManualClock(100))


def call(index, *, name=None, arguments="", id=None) -> ChatChunk:
    return ChatChunk(tool_calls=[ToolCallChunk(index=index, id=id, name=name, arguments=arguments)])


def feed(turn, *chunks):
    return turn.feed(chunks)


def names(emissions):
    return [emission.name for emission in emissions]


def test_text_opens_the_step_before_the_message_and_closes_it_after(turn):
    emissions = feed(turn, ChatChunk(text="Hi"), ChatChunk(text=" there", usage=USAGE))
    outcome, last = turn.finish()

    assert outcome == Answered()
    assert names(emissions + last) == [
        "thread.run.step.created",
        "thread.run.step.in_progress",
        "thread.message.created",
        "thread.message.in_progress",
        "thread.message.delta",
        "thread.message.delta",
        "thread.message.completed",
        "thread.run.step.completed",
    ]
    message, step = last[0].data, last[1].data
    assert message.content[0].text.value == "Hi there"
    assert (step.usage, step.expires_at, step.completed_at) == (USAGE, None, 100)


def test_only_the_first_delta_of_a_text_carries_annotations(turn):
    first, second = feed(turn, ChatChunk(text="Hi"), ChatChunk(text="!"))[-2:]

    assert first.data.delta.content[0].text.annotations == []
    assert not second.data.delta.content[0].text.annotations


def test_parallel_calls_share_a_step_and_tell_id_and_name_once(turn):
    emissions = feed(
        turn,
        call(0, name="get_weather", id="x"),
        call(0, arguments='{"city":'),
        call(1, name="add", arguments="{}", id="x"),
        call(0, arguments='"Oslo"}'),
    )
    outcome, last = turn.finish()

    assert names(emissions) == [
        "thread.run.step.created",
        "thread.run.step.in_progress",
        *["thread.run.step.delta"] * 5,
    ]
    deltas = [e.data.delta.step_details.tool_calls[0] for e in emissions[2:]]
    assert [delta.index for delta in deltas] == [0, 0, 1, 1, 0]
    assert [bool(delta.id) for delta in deltas] == [True, False, True, False, False]
    assert isinstance(outcome, CalledTools)
    calls = outcome.action.submit_tool_outputs.tool_calls
    assert [(c.function.name, c.function.arguments) for c in calls] == [
        ("get_weather", '{"city":"Oslo"}'),
        ("add", "{}"),
    ]
    assert calls[0].id != calls[1].id
    assert last == []


def test_the_step_of_calls_is_kept_empty_first_and_then_with_its_calls(turn):
    feed(turn, call(0, name="add", arguments="{}"))
    opened = turn.take_unsaved().steps
    turn.finish()
    kept = turn.take_unsaved().steps

    assert [step.step_details for step in opened] == [ToolCallsDetails()]
    assert len(kept[-1].step_details.tool_calls) == 1
    assert (kept[-1].status, kept[-1].usage) == ("in_progress", None)


def test_text_before_calls_is_a_message_step_of_its_own(turn):
    emissions = feed(turn, ChatChunk(text="Let me see."), call(0, name="add"))

    assert names(emissions)[5:8] == [
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.step.created",
    ]


def test_a_refusal_is_a_content_part(turn):
    emissions = feed(turn, ChatChunk(refusal="I "), ChatChunk(refusal="won't."))
    _, last = turn.finish()

    assert [e.data.delta.content[0].refusal for e in emissions[-2:]] == ["I ", "won't."]
    assert last[0].data.content == [RefusalPart(refusal="I won't.")]


def test_a_reply_that_was_cut_off_leaves_an_incomplete_message_and_a_completed_step(turn):
    feed(turn, ChatChunk(text="Once"), ChatChunk(finish_reason="length"))
    outcome, last = turn.finish()

    assert outcome == RanOut()
    assert names(last) == ["thread.message.incomplete", "thread.run.step.completed"]
    assert last[0].data.incomplete_details.reason == "max_tokens"


def test_half_a_call_is_none(turn):
    feed(turn, call(0, name="add", arguments='{"a":'), ChatChunk(finish_reason="length"))
    outcome, last = turn.finish()

    assert outcome == RanOut()
    assert names(last) == ["thread.run.step.cancelled"]


def test_a_model_that_says_nothing_leaves_an_empty_text(turn):
    outcome, emissions = turn.finish()

    assert outcome == Answered()
    message = emissions[-2].data
    assert [part.text.value for part in message.content] == [""]


def test_a_call_of_a_function_that_was_not_offered_goes_wrong(turn):
    feed(turn, call(0, name="launch_rockets", arguments="{}"))
    outcome, _ = turn.finish()

    assert isinstance(outcome, WentWrong)
    assert "launch_rockets" in outcome.error.message


def test_a_filtered_reply_goes_wrong(turn):
    feed(turn, ChatChunk(text="Hm"), ChatChunk(finish_reason="content_filter"))
    outcome, last = turn.finish()

    assert isinstance(outcome, WentWrong)
    assert last[0].data.incomplete_details.reason == "content_filter"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("failed", "run_failed"), ("cancelled", "run_cancelled"), ("expired", "run_expired")],
)
def test_an_interrupted_answer_keeps_its_text_and_ends_before_its_step(turn, how, reason):
    feed(turn, ChatChunk(text="Half a sen"))
    error = LastError(code="server_error", message="Oh.") if how == "failed" else None

    message, step = [emission.data for emission in turn.interrupt(how, error)]

    assert message.content[0].text.value == "Half a sen"
    assert (message.status, message.incomplete_details.reason) == ("incomplete", reason)
    assert (step.status, step.last_error) == (how, error)
    assert getattr(step, f"{how}_at") == 100


def test_interrupting_before_the_first_token_leaves_no_trace(turn):
    assert turn.interrupt("cancelled") == []
    assert not turn.take_unsaved()
