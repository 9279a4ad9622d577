"""Wherever a watcher of a run was cut off, what is told again from the records completes what it has seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.chunks import CHUNKS
from tests.support.played_run import Played, Script, Stage, play
from threadkeep.engine.event_log import RunEvent
from threadkeep.inference import ChatChunk, ToolCallChunk
from threadkeep.types.codec import encode

SEARCH = ChatChunk(
    tool_calls=[ToolCallChunk(index=0, name="file_search", arguments='{"queries":[]}')]
)
WEATHER = ChatChunk(tool_calls=[ToolCallChunk(index=1, name="get_weather", arguments="{}")])
ORDERLY = st.lists(
    st.builds(ChatChunk, text=st.text(min_size=1, max_size=6)) | st.sampled_from([SEARCH, WEATHER]),
    max_size=6,
)
BATCHES = st.lists(st.lists(CHUNKS, max_size=3), max_size=4) | ORDERLY.map(
    lambda chunks: [[chunk] for chunk in chunks]
)
FATES = st.sampled_from(["end", "end", "end", "crash", "hand over", "cancel", "fail"])
OUTSIDE = st.sampled_from(["go on", "go on", "go on", "cancel", "expire", "fail"])
SCRIPTS = st.builds(
    Script,
    replies=st.lists(st.tuples(BATCHES, FATES), max_size=5),
    outside=st.lists(OUTSIDE, max_size=4),
)
VOID = "thread.run.restarted"
BEGUN = (".created", ".in_progress", ".delta")


class Watcher:
    """Adds events up, as a client does."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.begun: set[str] = set()
        self.completed: dict[str, Any] = {}
        self.run: Any = None
        self.deltas: set[str] = set()

    def take(self, events: Iterable[RunEvent]) -> Watcher:
        for event in events:
            data = json.loads(event.data)
            if event.name == VOID:
                self.begun.clear()
            elif event.name.startswith(("thread.message.", "thread.run.step.")):
                self._take_part(event.name, data)
            else:
                self.run = data
        return self

    def _take_part(self, name: str, data: Any) -> None:
        if name.endswith(".delta"):
            assert data["id"] in self.begun, "a delta of something that was not begun, or has ended"
            self.deltas.add(data["id"])
            for part in data["delta"].get("content", []):
                self._add_text(data["id"], part)
        elif name.endswith((".created", ".in_progress")):
            self.begun.add(data["id"])
        else:
            self.begun.discard(data["id"])
            assert data["id"] not in self.completed, "completed twice"
            self.completed[data["id"]] = data

    def _add_text(self, id: str, part: Any) -> None:
        new = part["text"]["value"] if part["type"] == "text" else part["refusal"]
        self.texts[id] = self.texts.get(id, "") + new


def positions(events: Iterable[RunEvent]) -> list[tuple[int, int]]:
    return [(event.epoch, event.number) for event in events]


def played(script: Script) -> Played:
    with TemporaryDirectory() as folder:
        return asyncio.run(play(script, Path(folder)))


def stream_of(stage: Stage) -> list[RunEvent]:
    """What a watcher saw that was there all the time: what workers told, and then what they had no time to tell."""
    stream: list[RunEvent] = []
    for epoch in range(stage.record.epoch + 1):
        told = [event for event in stage.told if event.epoch == epoch]
        cut = positions(told)[-1] if told else (epoch, -1)
        untold = [event for event in stage.past.events_after(cut) if event.epoch == epoch]
        stream += [*told, *untold]
    return stream


def text_of(message: Any) -> str:
    return "".join(
        part["text"]["value"] if part["type"] == "text" else part["refusal"]
        for part in message["content"]
    )


@settings(max_examples=150)
@given(script=SCRIPTS)
def test_what_was_seen_and_what_is_told_again_are_the_whole_run(script: Script):
    stages = played(script).stages
    end = stages[-1]
    whole = {step.id: step for step in end.steps} | {m.id: m for m in end.messages}
    stream = stream_of(end)
    for cut in [(0, -1), *positions(stream)]:
        seen = [event for event in stream if (event.epoch, event.number) <= cut]
        again = end.past.events_after(cut)
        watcher = Watcher().take(seen).take(again)

        assert positions(again) == sorted(set(positions(again)))
        assert all(position > cut for position in positions(again))
        assert not watcher.begun
        assert watcher.completed == {each: json.loads(encode(part)) for each, part in whole.items()}
        assert watcher.run == json.loads(encode(end.record.run))
        for message in end.messages:
            said, full = watcher.texts.get(message.id, ""), text_of(watcher.completed[message.id])
            in_the_middle = message.id in Watcher().take(seen).deltas
            is_kept = full or message.status == "completed"  # else its worker died with it
            assert not is_kept or (full.startswith(said) if in_the_middle else said == full)


@settings(max_examples=150)
@given(script=SCRIPTS)
def test_what_is_told_again_has_the_numbers_under_which_it_was_told(script: Script):
    for stage in played(script).stages:
        told = {(event.epoch, event.number): event for event in stage.told}
        for event in stage.past.events_after((0, -1)):
            before = told.get((event.epoch, event.number))
            if before is not None and not event.name.endswith(".delta"):
                assert before.name == event.name
                assert json.loads(before.data)["id"] == json.loads(event.data)["id"]
            if before is not None and event.name.endswith(".delta"):
                assert before.name.endswith(".delta")


@settings(max_examples=150)
@given(script=SCRIPTS)
def test_at_every_stage_what_is_told_again_only_goes_on(script: Script):
    """A watcher that reconnects again and again, each time where it was, sees the same as one that never left."""
    stages = played(script).stages
    for first in range(len(stages)):
        watcher, cut = Watcher(), (0, -1)
        for stage in stages[first:]:
            again = stage.past.events_after(cut)
            watcher.take(again)
            cut = positions(again)[-1] if again else cut
        end = stages[-1]
        whole = {step.id for step in end.steps} | {message.id for message in end.messages}
        assert watcher.completed.keys() == whole
        assert not watcher.begun
        for message in end.messages:
            assert watcher.texts.get(message.id, "") == text_of(watcher.completed[message.id]) or (
                message.status == "incomplete"
            )


def stage_names(stage: Stage) -> list[str]:
    return [event.name for event in stage.past.events_after((0, -1))]


@pytest.mark.parametrize(
    ("script", "names"),
    [
        (
            Script([([[WEATHER]], "end")], []),
            (
                "created queued in_progress step.created step.in_progress step.delta requires_action "
                "step.completed queued in_progress step.created step.in_progress message.created "
                "message.in_progress message.delta message.completed step.completed completed"
            ),
        ),
        (
            Script([([[ChatChunk(text="Hi")]], "crash")], []),
            (
                "created queued in_progress restarted in_progress step.created step.in_progress "
                "message.created message.in_progress message.delta message.completed step.completed completed"
            ),
        ),
        (
            Script([([[ChatChunk(text="Hi")]], "cancel")], []),
            (
                "created queued in_progress step.created step.in_progress message.created "
                "message.in_progress message.delta cancelling message.incomplete step.cancelled cancelled"
            ),
        ),
        (
            Script([([[ChatChunk(text="Hi")]], "crash")], ["expire"]),
            (
                "created queued in_progress step.created step.in_progress message.created "
                "message.in_progress message.incomplete step.expired expired"
            ),
        ),
        (
            Script([([[WEATHER]], "end")], ["cancel"]),
            (
                "created queued in_progress step.created step.in_progress step.delta requires_action "
                "cancelling step.cancelled cancelled"
            ),
        ),
    ],
)
def test_the_events_in_their_order(script: Script, names: str):
    told = stage_names(played(script).stages[-1])
    short = [name.removeprefix("thread.").removeprefix("run.") for name in told]
    assert short == names.split()
