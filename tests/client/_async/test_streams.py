"""Runs as streams of events."""

from __future__ import annotations

import pytest

import threadkeep
from tests.support.canned_server import CannedServer, Reply, event_stream, raw_stream, sse
from tests.support.events import function_run, message, run, text_delta, text_run
from threadkeep import AsyncClient, AsyncRunStream
from threadkeep.types.event import MessageDeltaEvent, RunEvent
from threadkeep.types.run_step import FunctionToolCall, ToolCallsDetails


def streamed(client: AsyncClient) -> AsyncRunStream:
    """A run on `thread_1`, to be entered."""
    return client.threads.runs.stream("thread_1", assistant_id="asst_1")


async def test_events_come_typed_and_in_order(
    async_client: AsyncClient, canned_server: CannedServer
):
    sent = text_run("Hi", " there")
    canned_server.replies(event_stream(*sent))
    async with streamed(async_client) as stream:
        events = [event async for event in stream]
    assert [event.event for event in events] == [name for name, _ in sent]
    assert isinstance(events[0], RunEvent)
    assert isinstance(events[7], MessageDeltaEvent)
    assert stream.request_id == "req_stream"
    [asked] = canned_server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/threads/thread_1/runs")
    assert asked.json == {"assistant_id": "asst_1", "stream": True}
    assert asked.headers["accept"] == "text/event-stream"


async def test_text_alone(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(event_stream(*text_run("Hi", " ", "there")))
    async with streamed(async_client) as stream:
        assert [text async for text in stream.text_deltas] == ["Hi", " ", "there"]


async def test_snapshots_keep_step_with_the_events(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(event_stream(*text_run("Hi", " there")))
    seen: list[str] = []
    async with streamed(async_client) as stream:
        assert stream.current_event is None
        assert stream.current_message_snapshot is None
        async for event in stream:
            assert stream.current_event is event
            if event.event == "thread.message.delta":
                assert stream.current_run is not None
                assert stream.current_run.status == "in_progress"
                assert stream.current_run_step_snapshot is not None
                snapshot = stream.current_message_snapshot
                assert snapshot is not None
                seen.append(snapshot.to_dict()["content"][0]["text"]["value"])
    assert seen == ["Hi", "Hi there"]


async def test_what_there_is_at_the_end(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(event_stream(*text_run("Hi")))
    async with streamed(async_client) as stream:
        await stream.until_done()
        assert (await stream.get_final_run()).status == "completed"
        [final] = await stream.get_final_messages()
        [step] = await stream.get_final_run_steps()
    assert (final.id, final.status, step.status) == ("msg_1", "completed", "completed")


async def test_what_there_is_at_the_end_of_nothing(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(event_stream())
    async with streamed(async_client) as stream:
        with pytest.raises(RuntimeError, match="No final run"):
            await stream.get_final_run()
        with pytest.raises(RuntimeError, match="No messages"):
            await stream.get_final_messages()
        with pytest.raises(RuntimeError, match="No run steps"):
            await stream.get_final_run_steps()


async def test_calls_of_functions_and_their_answer(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(
        event_stream(*function_run('{"at": "sea"}')), event_stream(*text_run("ok"))
    )
    async with streamed(async_client) as stream:
        stopped = await stream.get_final_run()
        [step] = await stream.get_final_run_steps()
    assert stopped.required_action is not None
    assert isinstance(step.step_details, ToolCallsDetails)
    look, ask = step.step_details.tool_calls
    assert isinstance(look, FunctionToolCall)
    assert isinstance(ask, FunctionToolCall)
    assert (look.function.arguments, ask.function.arguments) == ('{"at": "sea"}', "{}")
    waiting = stopped.required_action.submit_tool_outputs.tool_calls
    async with async_client.threads.runs.submit_tool_outputs_stream(
        run_id=stopped.id,
        thread_id="thread_1",
        tool_outputs=[{"tool_call_id": call.id, "output": "fish"} for call in waiting],
    ) as stream:
        assert [text async for text in stream.text_deltas] == ["ok"]
    asked = canned_server.requests[1]
    assert asked.path == "/v1/threads/thread_1/runs/run_1/submit_tool_outputs"
    assert asked.json["stream"] is True
    assert asked.json["tool_outputs"][1] == {"tool_call_id": "call_2", "output": "fish"}


async def test_a_thread_with_its_first_run(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(event_stream(("thread.created", {"id": "thread_1"}), *text_run("Hi")))
    async with async_client.threads.create_and_run_stream(
        assistant_id="asst_1", thread={"messages": [{"role": "user", "content": "Hi"}]}
    ) as stream:
        assert (await anext(stream)).event == "thread.created"
        assert (await stream.get_final_run()).id == "run_1"
    assert canned_server.requests[0].path == "/v1/threads/runs"


async def test_old_code_asks_for_a_stream_by_an_argument(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(event_stream(*text_run("Hi")))
    runs = async_client.threads.runs
    for stream in (
        await runs.create("thread_1", assistant_id="asst_1", stream=True),
        await async_client.threads.create_and_run(assistant_id="asst_1", stream=True),
        await runs.submit_tool_outputs("run_1", thread_id="thread_1", tool_outputs=[], stream=True),
    ):
        assert [event.event async for event in stream][-1] == "thread.run.completed"
    assert all(asked.json["stream"] is True for asked in canned_server.requests)


async def test_a_refused_run_is_an_error_before_the_stream_begins(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(
        Reply({"error": {"message": "No.", "code": "invalid_thread"}}, status=400)
    )
    with pytest.raises(threadkeep.BadRequestError) as caught:
        async with streamed(async_client):
            pytest.fail("the stream began")
    assert caught.value.code == "invalid_thread"


async def test_an_answer_that_is_no_stream(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply({"id": "run_1"}))
    with pytest.raises(threadkeep.APIResponseValidationError, match="expected an event stream"):
        async with streamed(async_client):
            pytest.fail("the stream began")


async def test_an_error_event_ends_the_stream(
    async_client: AsyncClient, canned_server: CannedServer
):
    problem = {"message": "Broken.", "type": "server_error", "param": None, "code": None}
    canned_server.replies(event_stream(run("queued"), ("error", {"error": problem, **problem})))
    async with streamed(async_client) as stream:
        assert (await anext(stream)).event == "thread.run.queued"
        with pytest.raises(threadkeep.APIStreamError, match="Broken"):
            await stream.until_done()


async def test_garbage_in_a_stream(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(raw_stream(sse("thread.run.queued", "oops")))
    async with streamed(async_client) as stream:
        with pytest.raises(threadkeep.APIResponseValidationError):
            await stream.until_done()


async def test_a_connection_that_breaks_in_the_middle(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(raw_stream(sse(*run("queued")), then_drop=True))
    async with streamed(async_client) as stream:
        with pytest.raises(threadkeep.APIConnectionError):
            await stream.until_done()
        assert stream.current_run is not None


async def test_a_stream_without_a_last_word_ends_with_its_bytes(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(raw_stream(sse(*run("queued"))))
    async with streamed(async_client) as stream:
        assert (await stream.get_final_run()).status == "queued"


async def test_nothing_is_read_after_the_last_word(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(raw_stream(sse("done", "[DONE]") + sse(*run("queued"))))
    async with streamed(async_client) as stream:
        assert [event async for event in stream] == []


async def test_leaving_early_hangs_up(async_client: AsyncClient, canned_server: CannedServer):
    deltas = [sse(*text_delta("x" * 1000)) for _ in range(2000)]
    canned_server.replies(raw_stream(sse(*message("created")), *deltas))
    async with streamed(async_client) as stream:
        assert (await anext(stream)).event == "thread.message.created"
    assert [event async for event in stream] == []


async def test_a_stream_is_nothing_before_it_is_entered(async_client: AsyncClient):
    with pytest.raises(RuntimeError, match="not been started"):
        await streamed(async_client).until_done()
