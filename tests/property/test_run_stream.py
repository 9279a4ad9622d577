"""A run's stream adds up to the same, however its bytes are cut and however its text is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.canned_server import sse
from tests.support.events import call_delta, function_run, message, step, text_delta, text_run
from threadkeep.client.event_decoder import EventDecoder
from threadkeep.client.run_stream import RunSnapshots
from threadkeep.types.event import Event
from threadkeep.types.message import Message, TextPart
from threadkeep.types.run_step import FunctionToolCall, ToolCallsDetails

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20)
END = sse("done", "[DONE]")


def events_of(chunks: list[bytes]) -> list[Event]:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@st.composite
def cut(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """`stream` in pieces."""
    places = sorted(draw(st.sets(st.integers(0, len(stream)), max_size=60)))
    edges = [0, *places, len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def added_up(events: list[Event]) -> RunSnapshots:
    snapshots = RunSnapshots()
    for event in events:
        snapshots.feed(event)
    return snapshots


def value(snapshot: Message | None) -> str:
    assert snapshot is not None
    [part] = snapshot.content
    assert isinstance(part, TextPart)
    return part.text.value


@given(st.data(), texts)
def test_any_chunks_give_the_same_events(data: st.DataObject, said: list[str]):
    stream = b"".join(sse(*sent) for sent in [*text_run(*said), *function_run()]) + END
    chunks = data.draw(cut(stream))
    assert events_of(chunks) == events_of([stream])


@given(texts, st.sets(st.integers(0, 20)))
def test_the_text_is_the_deltas_joined_whenever_one_looks(said: list[str], looks: set[int]):
    snapshots = added_up(events_of([sse(*message("created"))]))
    for index, text in enumerate(said):
        [event] = events_of([sse(*text_delta(text, first=index == 0))])
        snapshots.feed(event)
        if index in looks:
            assert value(snapshots.message) == "".join(said[: index + 1])
    assert value(snapshots.message) == "".join(said)


@given(st.lists(st.tuples(st.integers(0, 3), st.text(st.characters(exclude_categories=["Cs"])))))
def test_the_arguments_of_parallel_calls_do_not_mix(pieces: list[tuple[int, str]]):
    sent: list[tuple[str, dict[str, Any]]] = [step("created", calls=[])]
    sent += [
        call_delta(n, id=f"call_{n}", function={"name": "f", "arguments": ""}) for n in range(4)
    ]
    sent += [call_delta(n, function={"arguments": piece}) for n, piece in pieces]
    snapshots = added_up(events_of([sse(*one) for one in sent]))
    assert snapshots.step is not None
    assert isinstance(snapshots.step.step_details, ToolCallsDetails)
    for n, call in enumerate(snapshots.step.step_details.tool_calls):
        assert isinstance(call, FunctionToolCall)
        assert call.id == f"call_{n}"
        assert call.function.arguments == "".join(piece for m, piece in pieces if m == n)


@given(texts)
def test_deltas_add_up_to_the_final_message(said: list[str]):
    events = events_of([sse(*sent) for sent in text_run(*said)])
    finished = next(e for e in events if e.event == "thread.message.completed")
    before = added_up(events[: events.index(finished)])
    assert value(before.message) == value(added_up(events).message)
