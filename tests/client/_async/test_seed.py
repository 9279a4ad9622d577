"""Every call of the seed, by its number in docs/reference/seed.md, against the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import threadkeep
from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT, Gate, ScriptedModel
from threadkeep import AsyncClient
from threadkeep.types.assistant import Assistant
from threadkeep.types.message import Message, TextPart
from threadkeep.types.run import Run
from threadkeep.types.run_step import FunctionToolCall, ToolCallsDetails

WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
OSLO = ("weather", '{"city": "Oslo"}')


@pytest.fixture
async def here(running_server: RunningServer) -> AsyncIterator[AsyncClient]:
    """A client of the real server."""
    async with AsyncClient(api_key="any", base_url=running_server.base_url) as client:
        yield client


@pytest.fixture
async def assistant(here: AsyncClient) -> Assistant:
    return await here.assistants.create(model="gpt-4o", instructions="Be brief.")


def text_of(message: Message) -> str:
    [part] = message.content
    assert isinstance(part, TextPart)
    return part.text.value


async def waiting_run(here: AsyncClient, assistant: Assistant) -> Run:
    """A run that waits for the output of its call."""
    run = await here.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "How is Oslo?"}]},
        tools=[WEATHER],
    )
    assert run.status == "requires_action"
    return run


def outputs_for(run: Run) -> list[dict[str, str]]:
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": "rain"} for call in calls]


async def test_1_to_4_threads(here: AsyncClient):
    made = await here.threads.create(
        messages=[{"role": "user", "content": "Hi"}],
        tool_resources={"code_interpreter": {"file_ids": []}},
        metadata={"topic": "rain"},
    )
    assert await here.threads.retrieve(made.id) == made
    changed = await here.threads.update(made.id, metadata={"topic": "sun"})
    assert changed.metadata == {"topic": "sun"}
    assert (await here.threads.update(made.id, metadata=None)).metadata == {}
    assert (await here.threads.delete(made.id)).deleted
    with pytest.raises(threadkeep.NotFoundError) as caught:
        await here.threads.retrieve(made.id)
    assert caught.value.request_id is not None


async def test_5_to_9_messages(here: AsyncClient):
    thread = await here.threads.create()
    messages = here.threads.messages
    made = [
        await messages.create(
            thread.id,
            role="assistant" if number % 2 else "user",
            content=f"message {number}",
            attachments=[],
            metadata={"number": str(number)},
        )
        for number in range(5)
    ]
    listed = [message async for message in messages.list(thread.id, limit=2, order="asc")]
    assert listed == made
    page = await messages.list(thread.id, limit=2, before=made[0].id)
    assert [message.id for message in page.data] == [made[2].id, made[1].id]
    assert [m.id async for m in page] == [made[n].id for n in (2, 1, 4, 3)]
    assert [m.id async for m in messages.list(thread.id, after=made[1].id)] == [made[0].id]
    assert await messages.retrieve(made[3].id, thread_id=thread.id) == made[3]
    changed = await messages.update(made[3].id, thread_id=thread.id, metadata={"number": "three"})
    assert changed.metadata == {"number": "three"}
    assert (await messages.delete(made[3].id, thread_id=thread.id)).id == made[3].id
    assert len([m async for m in messages.list(thread.id)]) == 4


async def test_10_a_run_with_everything(
    here: AsyncClient, assistant: Assistant, scripted_model: ScriptedModel
):
    thread = await here.threads.create()
    run = await here.threads.runs.create_and_poll(
        thread.id,
        assistant_id=assistant.id,
        model="gpt-4o-mini",
        instructions="Rhyme.",
        additional_instructions="In English.",
        additional_messages=[{"role": "user", "content": "What is rain?"}],
        tools=[WEATHER],
        metadata={"a": "b"},
        temperature=0.5,
        top_p=0.5,
        max_prompt_tokens=1000,
        max_completion_tokens=1000,
        truncation_strategy={"type": "last_messages", "last_messages": 3},
        tool_choice="none",
        parallel_tool_calls=False,
        response_format={"type": "text"},
    )
    assert (run.status, run.last_error, run.model) == ("completed", None, "gpt-4o-mini")
    assert (run.temperature, run.top_p, run.parallel_tool_calls) == (0.5, 0.5, False)
    assert run.truncation_strategy.last_messages == 3
    assert run.metadata == {"a": "b"}
    answers = [m async for m in here.threads.messages.list(thread.id, run_id=run.id)]
    assert DEFAULT_TEXT in [text_of(message) for message in answers]
    assert scripted_model.requests[0].body["temperature"] == 0.5


async def test_10_a_run_as_a_stream(here: AsyncClient, assistant: Assistant):
    thread = await here.threads.create(messages=[{"role": "user", "content": "Hi"}])
    async with here.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
        text = "".join([delta async for delta in stream.text_deltas])
        run = await stream.get_final_run()
        [message] = await stream.get_final_messages()
    assert (text, run.status) == (DEFAULT_TEXT, "completed")
    assert text_of(message) == DEFAULT_TEXT
    assert await here.threads.messages.retrieve(message.id, thread_id=thread.id) == message


async def test_11_to_14_runs(here: AsyncClient, assistant: Assistant):
    thread = await here.threads.create(messages=[{"role": "user", "content": "Hi"}])
    runs = here.threads.runs
    made = [
        await runs.create_and_poll(thread.id, assistant_id=assistant.id, poll_interval_ms=20)
        for _ in range(3)
    ]
    assert [run async for run in runs.list(thread.id, limit=2, order="asc")] == made
    assert await runs.retrieve(made[0].id, thread_id=thread.id) == made[0]
    changed = await runs.update(made[0].id, thread_id=thread.id, metadata={"seen": "yes"})
    assert changed.metadata == {"seen": "yes"}
    assert (await runs.delete(made[0].id, thread_id=thread.id)).object == "thread.run.deleted"
    assert [run.id async for run in runs.list(thread.id)] == [made[2].id, made[1].id]


@pytest.mark.parametrize("way", ["poll", "stream", "create_stream"])
async def test_15_outputs_of_tools(
    way: str, here: AsyncClient, assistant: Assistant, scripted_model: ScriptedModel
):
    scripted_model.call_functions(OSLO)
    run = await waiting_run(here, assistant)
    runs, outputs = here.threads.runs, outputs_for(run)
    if way == "poll":
        done = await runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs
        )
    elif way == "stream":
        async with runs.submit_tool_outputs_stream(
            run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs
        ) as stream:
            assert "".join([delta async for delta in stream.text_deltas]) == DEFAULT_TEXT
            done = await stream.get_final_run()
    else:
        events = await runs.submit_tool_outputs(
            run.id, thread_id=run.thread_id, tool_outputs=outputs, stream=True
        )
        done = await events.get_final_run()
    assert done.status == "completed"
    assert scripted_model.requests[-1].body["messages"][-1]["content"] == "rain"


async def test_16_a_run_is_cancelled(
    here: AsyncClient, assistant: Assistant, scripted_model: ScriptedModel
):
    gate = Gate()
    scripted_model.reply("Once", gate, " upon a time")
    thread = await here.threads.create(messages=[{"role": "user", "content": "Hi"}])
    async with here.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
        assert await anext(stream.text_deltas) == "Once"
        assert stream.current_run is not None
        cancelled = await here.threads.runs.cancel(stream.current_run.id, thread_id=thread.id)
        assert cancelled.status == "cancelling"
        assert (await stream.get_final_run()).status == "cancelled"
    gate.open()


async def test_17_and_18_run_steps(
    here: AsyncClient, assistant: Assistant, scripted_model: ScriptedModel
):
    scripted_model.call_functions(OSLO)
    run = await waiting_run(here, assistant)
    await here.threads.runs.submit_tool_outputs_and_poll(
        run.id, thread_id=run.thread_id, tool_outputs=outputs_for(run)
    )
    steps = here.threads.runs.steps
    called, said = [
        step async for step in steps.list(run.id, thread_id=run.thread_id, limit=1, order="asc")
    ]
    assert (called.type, said.type) == ("tool_calls", "message_creation")
    assert isinstance(called.step_details, ToolCallsDetails)
    [call] = called.step_details.tool_calls
    assert isinstance(call, FunctionToolCall)
    assert (call.function.name, call.function.output) == ("weather", "rain")
    found = await steps.retrieve(said.id, thread_id=run.thread_id, run_id=run.id)
    assert found == said
