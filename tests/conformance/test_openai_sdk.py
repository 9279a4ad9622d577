"""The official Python SDK, unmodified, against this server: only the base URL is another one."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from openai import AssistantEventHandler, OpenAI
from openai.types.beta.assistant_stream_event import AssistantStreamEvent
from typing_extensions import override

from tests.support.conversation import WEATHER
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def sdk(running_server: RunningServer):
    with OpenAI(base_url=running_server.base_url, api_key="sk-test", max_retries=0) as client:
        yield client


@pytest.fixture
def assistant(sdk: OpenAI) -> str:
    tools: Any = [WEATHER]
    return sdk.beta.assistants.create(model="gpt-4o", instructions="Be kind.", tools=tools).id


def outputs_for(run: Any, output: str) -> Any:
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": output} for call in calls]


class Recorder(AssistantEventHandler):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.text = ""
        self.events: list[str] = []

    @override
    def on_event(self, event: AssistantStreamEvent) -> None:
        self.events.append(event.event)

    @override
    def on_text_created(self, text: Any) -> None:
        self.told.append("text created")

    @override
    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.text += delta.value
        assert snapshot.value == self.text

    @override
    def on_text_done(self, text: Any) -> None:
        self.told.append(f"text done: {text.value}")

    @override
    def on_message_done(self, message: Any) -> None:
        self.told.append(f"message done: {message.status}")

    @override
    def on_tool_call_created(self, tool_call: Any) -> None:
        self.told.append(f"call created: {tool_call.function.name}")

    @override
    def on_tool_call_done(self, tool_call: Any) -> None:
        self.told.append(f"call done: {tool_call.function.arguments}")

    @override
    def on_exception(self, exception: Exception) -> None:
        self.told.append(f"exception: {exception}")

    @override
    def on_end(self) -> None:
        self.told.append("end")


def test_assistants(sdk: OpenAI):
    made = sdk.beta.assistants.create(model="gpt-4o", name="Ann", metadata={"a": "1"})
    assert sdk.beta.assistants.retrieve(made.id) == made
    assert sdk.beta.assistants.update(made.id, name="Eve").name == "Eve"
    assert sdk.beta.assistants.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError, match=f"No assistant found with id '{made.id}'."):
        sdk.beta.assistants.retrieve(made.id)


def test_threads_and_messages(sdk: OpenAI):
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    assert sdk.beta.threads.retrieve(thread.id).id == thread.id
    assert sdk.beta.threads.update(thread.id, metadata={"a": "1"}).metadata == {"a": "1"}
    messages = sdk.beta.threads.messages
    made = messages.create(thread.id, role="user", content=[{"type": "text", "text": "Again"}])
    assert messages.retrieve(made.id, thread_id=thread.id) == made
    assert messages.update(made.id, thread_id=thread.id, metadata={"b": "2"}).metadata == {"b": "2"}
    assert messages.delete(made.id, thread_id=thread.id).deleted
    assert sdk.beta.threads.delete(thread.id).deleted


def test_lists_are_paged_to_their_end(sdk: OpenAI):
    thread = sdk.beta.threads.create(
        messages=[{"role": "user", "content": str(n)} for n in range(45)]
    )

    def said(**query: Any) -> list[str]:
        listed = sdk.beta.threads.messages.list(thread.id, **query)
        return [part.text.value for m in listed for part in m.content if part.type == "text"]

    numbers = [str(n) for n in range(45)]
    assert said(order="asc") == numbers
    assert said() == numbers[::-1]
    assert said(limit=7, order="asc") == numbers
    assert sdk.beta.threads.messages.list(thread.id).has_more is True


def test_create_and_poll(sdk: OpenAI, scripted_model: ScriptedModel, assistant: str):
    scripted_model.reply("Hi", " there", usage=(7, 3))
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant, poll_interval_ms=10
    )
    assert (run.status, run.usage and run.usage.total_tokens) == ("completed", 10)
    [answer] = sdk.beta.threads.messages.list(thread.id, run_id=run.id).data
    assert answer.assistant_id == assistant
    [step] = sdk.beta.threads.runs.steps.list(run.id, thread_id=thread.id).data
    got = sdk.beta.threads.runs.steps.retrieve(step.id, thread_id=thread.id, run_id=run.id)
    assert got == step


def test_streaming_with_an_event_handler(
    sdk: OpenAI, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.reply("Hi", " there")
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    handler = Recorder()
    with sdk.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=assistant, event_handler=handler
    ) as stream:
        stream.until_done()
    assert handler.text == "Hi there"
    assert handler.told == ["text created", "text done: Hi there", "message done: completed", "end"]
    assert handler.events[0] == "thread.run.created"
    assert handler.events[-1] == "thread.run.completed"
    assert handler.current_run is not None
    assert handler.current_run.status == "completed"
    [message] = stream.get_final_messages()
    assert message.status == "completed"


def test_streaming_through_a_function_call(
    sdk: OpenAI, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    scripted_model.reply("It rains.")
    first, second = Recorder(), Recorder()
    with sdk.beta.threads.create_and_run_stream(
        assistant_id=assistant,
        thread={"messages": [{"role": "user", "content": "How is it in Oslo?"}]},
        event_handler=first,
    ) as stream:
        stream.until_done()
    assert "call created: get_weather" in first.told
    assert 'call done: {"city":"Oslo"}' in first.told
    run = first.current_run
    assert run is not None
    assert run.status == "requires_action"
    with sdk.beta.threads.runs.submit_tool_outputs_stream(
        thread_id=run.thread_id,
        run_id=run.id,
        tool_outputs=outputs_for(run, "rain"),
        event_handler=second,
    ) as stream:
        assert "".join(stream.text_deltas) == "It rains."
    assert second.events[0] == "thread.run.step.completed"
    assert second.current_run is not None
    assert second.current_run.status == "completed"


def test_polling_through_a_function_call(
    sdk: OpenAI, scripted_model: ScriptedModel, assistant: str
):
    scripted_model.call_functions(("get_weather", "{}"), ("get_weather", "{}"))
    run = sdk.beta.threads.create_and_run_poll(
        assistant_id=assistant,
        thread={"messages": [{"role": "user", "content": "Hello"}]},
        poll_interval_ms=10,
    )
    assert run.status == "requires_action"
    done = sdk.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=outputs_for(run, "rain"),
        poll_interval_ms=10,
    )
    assert done.status == "completed"


def test_raw_events(sdk: OpenAI, assistant: str):
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    stream = sdk.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant, stream=True)
    events = [event.event for event in stream]
    assert (events[0], events[-1]) == ("thread.run.created", "thread.run.completed")


def test_a_failed_run_is_no_exception(sdk: OpenAI, scripted_model: ScriptedModel, assistant: str):
    scripted_model.fail(500, "Boom.")
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    handler = Recorder()
    with sdk.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=assistant, event_handler=handler
    ) as stream:
        stream.until_done()
    assert handler.told == ["end"]
    run = handler.current_run
    assert run is not None
    assert run.last_error is not None
    assert (run.status, run.last_error.code) == ("failed", "server_error")


def test_an_error_inside_a_stream_is_raised(
    sdk: OpenAI, assistant: str, monkeypatch: pytest.MonkeyPatch
):
    from threadkeep.engine.follower import Follower

    async def follow(*_: object):
        yield []
        raise RuntimeError

    monkeypatch.setattr(Follower, "follow", follow)
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    with (
        pytest.raises(openai.APIError, match="The server had an error"),
        sdk.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant) as stream,
    ):
        stream.until_done()


def test_errors_are_the_sdks_own_classes(sdk: OpenAI, running_server: RunningServer):
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.beta.threads.messages.create("thread_x", role="human", content="x")  # pyright: ignore[reportArgumentType]
    assert (refused.value.param, refused.value.code) == ("role", "invalid_value")
    assert refused.value.request_id is not None
    assert refused.value.request_id.startswith("req_")
    with pytest.raises(openai.NotFoundError, match="No thread found with id 'thread_x'"):
        sdk.beta.threads.retrieve("thread_x")
    with pytest.raises(openai.BadRequestError, match="Expected an ID that begins with 'thread'"):
        sdk.beta.threads.retrieve("undefined")


def test_cancelling(sdk: OpenAI, scripted_model: ScriptedModel, assistant: str):
    scripted_model.call_functions(("get_weather", "{}"))
    run = sdk.beta.threads.create_and_run_poll(
        assistant_id=assistant,
        thread={"messages": [{"role": "user", "content": "Hello"}]},
        poll_interval_ms=10,
    )
    runs, ids = sdk.beta.threads.runs, (run.thread_id, run.id)
    assert runs.cancel(thread_id=ids[0], run_id=ids[1]).status == "cancelling"
    done = runs.poll(thread_id=ids[0], run_id=ids[1], poll_interval_ms=10)
    assert done.status == "cancelled"


def test_models(sdk: OpenAI):
    assert "scripted-model" in [model.id for model in sdk.models.list()]
    assert sdk.models.retrieve("scripted-model").object == "model"
