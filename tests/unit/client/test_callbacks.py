"""Which callbacks events set off."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.client.test_run_stream import call, message, part, step
from threadkeep.client.callbacks import CALLBACKS, Callbacks
from threadkeep.client.run_stream import RunSnapshots
from threadkeep.types.event import decode_event


def told(*events: tuple[str, dict[str, Any]]) -> list[tuple[str, tuple[Any, ...]]]:
    """The callbacks but `on_event`, with their arguments."""
    snapshots = RunSnapshots()
    callbacks = Callbacks(snapshots)
    heard: list[tuple[str, tuple[Any, ...]]] = []
    for name, data in events:
        event = decode_event(name, json.dumps(data).encode())
        snapshots.feed(event)
        heard += [(told, arguments()) for told, arguments in callbacks.of(event)]
    assert {name for name, _ in heard} <= CALLBACKS
    assert sum(name == "on_event" for name, _ in heard) == len(events)
    return [(name, arguments) for name, arguments in heard if name != "on_event"]


def names(heard: list[tuple[str, tuple[Any, ...]]]) -> list[str]:
    return [name.removeprefix("on_") for name, _ in heard]


def test_a_message_of_text():
    text = {"type": "text", "text": {"value": "Hi there", "annotations": []}}
    heard = told(
        message(),
        part(0, "text", text={"value": "Hi", "annotations": []}),
        part(0, "text", text={"value": " there"}),
        message(text, status="completed"),
    )
    assert names(heard) == [
        "message_created",
        "text_created",
        "text_delta",
        "message_delta",
        "text_delta",
        "message_delta",
        "text_done",
        "message_done",
    ]
    snapshots = [arguments[1].value for name, arguments in heard if name == "on_text_delta"]
    assert snapshots == ["Hi", "Hi there"]
    assert [a[0].value for name, a in heard if name == "on_text_done"] == ["Hi there"]


def test_an_image_between_two_texts():
    heard = told(
        message(),
        part(0, "text", text={"value": "a"}),
        part(1, "image_file", image_file={"file_id": "file-1"}),
        part(2, "text", text={"value": "b"}),
        message(status="incomplete"),
    )
    assert [name for name in names(heard) if name != "message_delta"] == [
        "message_created",
        "text_created",
        "text_delta",
        "text_done",
        "image_file_done",
        "text_created",
        "text_delta",
        "message_done",
    ]


def test_a_broken_off_message_with_its_parts_is_done():
    text = {"type": "text", "text": {"value": "a", "annotations": []}}
    heard = told(
        message(), part(0, "text", text={"value": "a"}), message(text, status="incomplete")
    )
    assert names(heard)[-2:] == ["text_done", "message_done"]


def test_parallel_calls_of_functions():
    heard = told(
        step("created", tool_calls=[]),
        call(0, "function", id="call_1", function={"name": "look", "arguments": ""}),
        call(0, "function", function={"arguments": "{}"}),
        call(1, "function", id="call_2", function={"name": "ask", "arguments": ""}),
        ("thread.run.requires_action", {"id": "run_1", "status": "requires_action"}),
    )
    assert [name for name in names(heard) if name != "run_step_delta"] == [
        "run_step_created",
        "tool_call_created",
        "tool_call_delta",
        "tool_call_done",
        "tool_call_created",
        "tool_call_done",
    ]
    done = [arguments[0] for name, arguments in heard if name == "on_tool_call_done"]
    assert [(tool.id, tool.function.arguments) for tool in done] == [
        ("call_1", "{}"),
        ("call_2", ""),
    ]


def test_a_call_in_a_second_step_is_a_new_one():
    second = {
        "id": "step_2",
        "delta": {
            "step_details": {
                "type": "tool_calls",
                "tool_calls": [{"index": 0, "type": "function", "id": "call_2"}],
            }
        },
    }
    heard = told(
        step("created", tool_calls=[]),
        call(0, "function", id="call_1", function={"name": "look", "arguments": ""}),
        step("completed", tool_calls=[]),
        ("thread.run.step.delta", second),
    )
    assert names(heard).count("tool_call_created") == 2
    assert names(heard).count("tool_call_done") == 1
    assert names(heard).count("run_step_done") == 1


def test_what_is_not_known_is_an_event_and_nothing_else():
    assert told(("thread.run.novel", {"id": "run_1"}), ("thread.created", {"id": "thread_1"})) == []
