# Generated from tests/client/_async/test_event_handlers.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Callbacks, as users of the official SDK write them."""

from __future__ import annotations

from typing import Any

import pytest

import threadkeep
from tests.support.canned_server import CannedServer, event_stream, raw_stream, sse
from tests.support.events import function_run, run, text_run
from threadkeep import AssistantEventHandler, Client
from threadkeep.types.delta import TextDeltaValue, ToolCallDelta
from threadkeep.types.event import Event
from threadkeep.types.message import Message, TextValue
from threadkeep.types.run_step import FunctionToolCall, RunStep, ToolCall


class Recorder(AssistantEventHandler):
    """Writes down what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def on_text_created(self, text: TextValue) -> None:
        self.heard.append(("created", text.value))

    def on_text_delta(self, delta: TextDeltaValue, snapshot: TextValue) -> None:
        self.heard.append(("delta", delta.value, snapshot.value))

    def on_text_done(self, text: TextValue) -> None:
        self.heard.append(("done", text.value))

    def on_message_done(self, message: Message) -> None:
        self.heard.append(("message", message.status))

    def on_run_step_done(self, run_step: RunStep) -> None:
        self.heard.append(("step", run_step.status))

    def on_tool_call_created(self, tool_call: ToolCall) -> None:
        assert isinstance(tool_call, FunctionToolCall)
        self.heard.append(("call", tool_call.function.name))

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        assert isinstance(snapshot, FunctionToolCall)
        self.heard.append(("arguments", snapshot.function.arguments))

    def on_tool_call_done(self, tool_call: ToolCall) -> None:
        assert isinstance(tool_call, FunctionToolCall)
        self.heard.append(("called", tool_call.id))

    def on_timeout(self) -> None:
        self.heard.append("timeout")

    def on_exception(self, exception: Exception) -> None:
        self.heard.append(type(exception))

    def on_end(self) -> None:
        self.heard.append("end")


def test_a_handler_hears_text_as_it_grows(client: Client, canned_server: CannedServer):
    canned_server.replies(event_stream(*text_run("Hi", " there")))
    handler = Recorder()
    with client.threads.runs.stream(
        "thread_1", assistant_id="asst_1", event_handler=handler
    ) as stream:
        assert stream is handler
        stream.until_done()
    assert handler.heard == [
        ("created", "Hi"),
        ("delta", "Hi", "Hi"),
        ("delta", " there", "Hi there"),
        ("done", "Hi there"),
        ("message", "completed"),
        ("step", "completed"),
        "end",
    ]


def test_a_handler_answers_calls_within_the_stream(client: Client, canned_server: CannedServer):
    """The way of the official documentation: the second stream inside the first one's callback."""
    canned_server.replies(event_stream(*function_run("{}")), event_stream(*text_run("ok")))

    class Answering(Recorder):
        def on_event(self, event: Event) -> None:
            if event.event == "thread.run.requires_action":
                self.answer()

        def answer(self) -> None:
            assert self.current_run is not None
            assert self.current_run.required_action is not None
            calls = self.current_run.required_action.submit_tool_outputs.tool_calls
            with client.threads.runs.submit_tool_outputs_stream(
                thread_id=self.current_run.thread_id,
                run_id=self.current_run.id,
                tool_outputs=[{"tool_call_id": call.id, "output": "1"} for call in calls],
                event_handler=Recorder(),
            ) as stream:
                self.heard.append([text for text in stream.text_deltas])

    handler = Answering()
    with client.threads.create_and_run_stream(
        assistant_id="asst_1", event_handler=handler
    ) as stream:
        stream.until_done()
    assert handler.heard == [
        ("call", "look"),
        ("arguments", "{"),
        ("arguments", "{}"),
        ("called", "call_1"),
        ("call", "ask"),
        ("arguments", "{}"),
        ["ok"],
        ("called", "call_2"),
        "end",
    ]


def test_a_handler_hears_what_goes_wrong(client: Client, canned_server: CannedServer):
    canned_server.replies(event_stream(run("queued"), ("error", {"message": "Broken."})))
    handler = Recorder()
    with pytest.raises(threadkeep.APIStreamError):
        with client.threads.runs.stream(
            "thread_1", assistant_id="asst_1", event_handler=handler
        ) as stream:
            stream.until_done()
    assert handler.heard == [threadkeep.APIStreamError, "end"]


def test_a_handler_hears_of_silence(client: Client, canned_server: CannedServer):
    canned_server.replies(raw_stream(sse(*run("queued")), then_stall=True))
    handler = Recorder()
    with pytest.raises(threadkeep.APITimeoutError):
        with client.threads.runs.stream(
            "thread_1", assistant_id="asst_1", event_handler=handler, timeout=0.2
        ) as stream:
            stream.until_done()
    assert handler.heard == ["timeout", threadkeep.APITimeoutError, "end"]


def test_what_a_callback_raises_comes_out(client: Client, canned_server: CannedServer):
    class Clumsy(Recorder):
        def on_text_created(self, text: TextValue) -> None:
            raise LookupError(text.value)

    canned_server.replies(event_stream(*text_run("Hi")))
    handler = Clumsy()
    with pytest.raises(LookupError, match="Hi"):
        with client.threads.runs.stream(
            "thread_1", assistant_id="asst_1", event_handler=handler
        ) as stream:
            stream.until_done()
    assert handler.heard == [LookupError, "end"]


def test_a_handler_hangs_up_when_it_has_heard_enough(client: Client, canned_server: CannedServer):
    class Impatient(Recorder):
        def on_text_created(self, text: TextValue) -> None:
            super().on_text_created(text)
            self.close()

    canned_server.replies(event_stream(*text_run("Hi", " there")))
    handler = Impatient()
    with client.threads.runs.stream(
        "thread_1", assistant_id="asst_1", event_handler=handler
    ) as stream:
        stream.until_done()
    assert handler.heard == [("created", "Hi"), ("delta", "Hi", "Hi"), "end"]


def test_a_handler_that_leaves_all_empty(client: Client, canned_server: CannedServer):
    for sent in (text_run("Hi"), function_run()):
        canned_server.replies(event_stream(*sent))
        with client.threads.runs.stream(
            "thread_1", assistant_id="asst_1", event_handler=AssistantEventHandler()
        ) as stream:
            stream.until_done()
            assert stream.current_run is not None


def test_a_handler_serves_one_stream(client: Client, canned_server: CannedServer):
    handler = Recorder()
    client.threads.runs.stream("thread_1", assistant_id="asst_1", event_handler=handler)
    with pytest.raises(RuntimeError, match="cannot be shared between multiple streams"):
        client.threads.runs.submit_tool_outputs_stream(
            "run_1", thread_id="thread_1", tool_outputs=[], event_handler=handler
        )
    assert canned_server.requests == []
