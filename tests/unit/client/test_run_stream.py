"""What the events of a run add up to."""

from __future__ import annotations

import json
from typing import Any

from threadkeep.client.run_stream import RunSnapshots
from threadkeep.types.event import decode_event
from threadkeep.types.message import FileCitationAnnotation, ImageFilePart, RefusalPart, TextPart
from threadkeep.types.run_step import (
    CodeInterpreterLogs,
    CodeInterpreterToolCall,
    FileSearchToolCall,
    FunctionToolCall,
    ToolCallsDetails,
)
from threadkeep.types.unknown import Unknown


def fed(*events: tuple[str, dict[str, Any]]) -> RunSnapshots:
    snapshots = RunSnapshots()
    for name, data in events:
        snapshots.feed(decode_event(name, json.dumps(data).encode()))
    return snapshots


def message(*content: dict[str, Any], status: str = "in_progress") -> tuple[str, dict[str, Any]]:
    name = "created" if status == "in_progress" else status
    data = {"id": "msg_1", "role": "assistant", "status": status, "content": content}
    return f"thread.message.{name}", data


def part(index: int, type: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    content = [{"index": index, "type": type, **fields}]
    return "thread.message.delta", {"id": "msg_1", "delta": {"content": content}}


def step(status: str, **details: Any) -> tuple[str, dict[str, Any]]:
    data = {"id": "step_1", "type": "tool_calls", "status": status}
    return f"thread.run.step.{status}", {**data, "step_details": {"type": "tool_calls", **details}}


def call(index: int, type: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    details = {"type": "tool_calls", "tool_calls": [{"index": index, "type": type, **fields}]}
    return "thread.run.step.delta", {"id": "step_1", "delta": {"step_details": details}}


def calls(snapshots: RunSnapshots) -> list[Any]:
    [only] = snapshots.steps
    assert isinstance(only.step_details, ToolCallsDetails)
    return only.step_details.tool_calls


def test_text_is_joined():
    snapshots = fed(
        message(),
        part(0, "text", text={"value": "Hi", "annotations": []}),
        part(0, "text", text={"value": " there"}),
        part(0, "text", text={"value": "!"}),
    )
    assert snapshots.message is not None
    [text] = snapshots.message.content
    assert isinstance(text, TextPart)
    assert text.text.value == "Hi there!"
    assert snapshots.message.role == "assistant"


def test_a_snapshot_is_not_changed_by_what_comes_after():
    snapshots = fed(message(), part(0, "text", text={"value": "Hi", "annotations": []}))
    before = snapshots.message
    name, data = part(0, "text", text={"value": " there"})
    snapshots.feed(decode_event(name, json.dumps(data).encode()))
    assert before is not None
    assert before.content == [TextPart(text=before.content[0].text)]  # pyright: ignore
    assert "there" not in str(before)
    assert "there" in str(snapshots.message)
    assert snapshots.message is snapshots.message


def test_a_citation_in_the_middle_of_text():
    citation = {
        "index": 0,
        "type": "file_citation",
        "text": "[1]",
        "start_index": 3,
        "end_index": 6,
        "file_citation": {"file_id": "file-1", "quote": ""},
    }
    snapshots = fed(
        message(),
        part(0, "text", text={"value": "See", "annotations": []}),
        part(0, "text", text={"value": "[1]", "annotations": [citation]}),
        part(0, "text", text={"value": "."}),
    )
    text = snapshots.part(0)
    assert isinstance(text, TextPart)
    assert text.text.value == "See[1]."
    [annotation] = text.text.annotations
    assert isinstance(annotation, FileCitationAnnotation)
    assert (annotation.text, annotation.start_index) == ("[1]", 3)


def test_parts_of_all_kinds_stand_by_their_index():
    snapshots = fed(
        message(),
        part(1, "image_file", image_file={"file_id": "file-1"}),
        part(0, "text", text={"value": "Look"}),
        part(2, "refusal", refusal="I "),
        part(2, "refusal", refusal="won't."),
        part(3, "hologram", light="blue"),
    )
    assert snapshots.message is not None
    text, image, refusal, unknown = snapshots.message.content
    assert isinstance(text, TextPart)
    assert isinstance(image, ImageFilePart)
    assert isinstance(refusal, RefusalPart)
    assert refusal.refusal == "I won't."
    assert isinstance(unknown, Unknown)
    assert (unknown.type, unknown.value["light"]) == ("hologram", "blue")


def test_the_finished_message_replaces_what_was_added_up():
    final = {"type": "text", "text": {"value": "Final.", "annotations": []}}
    snapshots = fed(
        message(), part(0, "text", text={"value": "x"}), message(final, status="completed")
    )
    assert [m.status for m in snapshots.messages] == ["completed"]
    assert "Final." in str(snapshots.message)


def test_a_stream_that_begins_in_the_middle_is_added_up_from_there():
    snapshots = fed(
        part(0, "text", text={"value": "there"}),
        call(0, "function", id="call_1", function={"name": "look"}),
    )
    assert "there" in str(snapshots.message)
    assert snapshots.step is not None
    assert snapshots.step.id == "step_1"


def test_parallel_calls_of_functions():
    snapshots = fed(
        step("created", tool_calls=[]),
        call(
            0, "function", id="call_1", function={"name": "look", "arguments": "", "output": None}
        ),
        call(0, "function", function={"arguments": '{"at'}),
        call(1, "function", id="call_2", function={"name": "ask"}),
        call(0, "function", function={"arguments": '": 1}'}),
    )
    look, ask = calls(snapshots)
    assert isinstance(look, FunctionToolCall)
    assert (look.id, look.function.name, look.function.arguments) == ("call_1", "look", '{"at": 1}')
    assert look.function.output is None
    assert (ask.id, ask.function.arguments) == ("call_2", "")


def test_code_and_what_came_of_it():
    snapshots = fed(
        step("created", tool_calls=[]),
        call(0, "code_interpreter", id="call_1", code_interpreter={"input": "", "outputs": []}),
        call(0, "code_interpreter", code_interpreter={"input": "print(1)"}),
        call(0, "code_interpreter", code_interpreter={"input": "\nprint(2)"}),
        call(
            0,
            "code_interpreter",
            code_interpreter={"outputs": [{"index": 0, "type": "logs", "logs": "1"}]},
        ),
        call(
            0,
            "code_interpreter",
            code_interpreter={"outputs": [{"index": 0, "type": "logs", "logs": "\n2"}]},
        ),
    )
    [code] = calls(snapshots)
    assert isinstance(code, CodeInterpreterToolCall)
    assert code.code_interpreter.input == "print(1)\nprint(2)"
    assert code.code_interpreter.outputs == [CodeInterpreterLogs(logs="1\n2")]


def test_a_search_and_a_call_of_an_unknown_tool():
    snapshots = fed(
        step("created", tool_calls=[]),
        call(0, "file_search", id="call_1", file_search={}),
        call(1, "telepathy", thought="a"),
        call(1, "telepathy", thought="b"),
    )
    search, telepathy = calls(snapshots)
    assert isinstance(search, FileSearchToolCall)
    assert isinstance(telepathy, Unknown)
    assert telepathy.value["thought"] == "ab"


def test_a_step_is_current_until_it_ends():
    done = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look", "arguments": "{}", "output": "sea"},
    }
    events = [
        step("created", tool_calls=[]),
        step("in_progress", tool_calls=[]),
        call(0, "function", id="call_1", function={"name": "look", "arguments": "{}"}),
    ]
    assert fed(*events).step is not None
    snapshots = fed(*events, step("completed", tool_calls=[done]))
    assert snapshots.step is None
    assert calls(snapshots)[0].function.output == "sea"


def test_a_step_that_makes_a_message():
    created = {
        "id": "step_1",
        "type": "message_creation",
        "step_details": {"type": "message_creation", "message_creation": {"message_id": "msg_1"}},
    }
    snapshots = fed(("thread.run.step.created", created))
    assert snapshots.step is not None
    assert snapshots.step.step_details.type == "message_creation"


def test_a_step_of_a_kind_that_is_not_known():
    def delta(thought: str) -> tuple[str, dict[str, Any]]:
        details = {"type": "pondering", "pondering": {"thought": thought}}
        return "thread.run.step.delta", {"id": "step_1", "delta": {"step_details": details}}

    snapshots = fed(delta("To be "), delta("or not."))
    assert snapshots.step is not None
    assert isinstance(snapshots.step.step_details, Unknown)
    assert snapshots.step.step_details.value["pondering"] == {"thought": "To be or not."}


def test_a_part_of_which_too_little_has_come():
    snapshots = fed(message(), part(0, "image_file"))
    assert snapshots.part(0) == Unknown(value={"index": 0, "type": "image_file"})
    assert snapshots.message is not None
    assert [part.type for part in snapshots.message.content] == ["image_file"]


def test_a_snapshot_as_plain_data_shows_what_is_not_known_as_it_came():
    snapshots = fed(message(), part(0, "hologram", light="blue"))
    assert snapshots.message is not None
    assert snapshots.message.to_dict()["content"] == [
        {"index": 0, "type": "hologram", "light": "blue"}
    ]


def test_the_run_is_that_of_the_latest_event():
    snapshots = fed(
        ("thread.run.queued", {"id": "run_1", "status": "queued"}),
        ("thread.run.completed", {"id": "run_1", "status": "completed"}),
        ("thread.run.novel", {"id": "run_1", "status": "novel"}),
        ("thread.created", {"id": "thread_1"}),
    )
    assert snapshots.run is not None
    assert snapshots.run.status == "completed"


def test_before_anything_came_there_is_nothing():
    snapshots = RunSnapshots()
    assert (snapshots.run, snapshots.message, snapshots.step) == (None, None, None)
    assert (snapshots.messages, snapshots.steps, snapshots.part(0)) == ([], [], None)
