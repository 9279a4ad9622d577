"""The other clients of the official Python SDK: the async one, and the one for Azure."""

from __future__ import annotations

from typing import Any

import pytest
from openai import AsyncAssistantEventHandler, AsyncOpenAI, AzureOpenAI
from typing_extensions import override

from tests.support.conversation import WEATHER
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Listener(AsyncAssistantEventHandler):
    """Collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    @override
    async def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.text += delta.value


async def test_the_async_client_streams_through_a_function_call(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
    scripted_model.reply("It ", "rains.")
    tools: Any = [WEATHER]
    async with AsyncOpenAI(base_url=running_server.base_url, api_key="sk-test") as client:
        assistant = await client.beta.assistants.create(model="gpt-4o", tools=tools)
        thread = await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
        runs, handler = client.beta.threads.runs, Listener()
        async with runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
            await stream.until_done()
            run = await stream.get_final_run()
        assert run.required_action is not None
        [call] = run.required_action.submit_tool_outputs.tool_calls
        async with runs.submit_tool_outputs_stream(
            thread_id=thread.id,
            run_id=run.id,
            tool_outputs=[{"tool_call_id": call.id, "output": "rain"}],
            event_handler=handler,
        ) as stream:
            await stream.until_done()
        assert handler.text == "It rains."
        said = [m.role async for m in client.beta.threads.messages.list(thread.id, order="asc")]
        assert said == ["user", "assistant"]


def test_the_azure_client_needs_only_another_endpoint(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    scripted_model.reply("Hi from Azure")
    with AzureOpenAI(
        azure_endpoint=running_server.url, api_key="azure-key", api_version="2024-05-01-preview"
    ) as client:
        assistant = client.beta.assistants.create(model="my-deployment")
        run = client.beta.threads.create_and_run_poll(
            assistant_id=assistant.id,
            thread={"messages": [{"role": "user", "content": "Hello"}]},
            poll_interval_ms=10,
        )
        assert (run.status, run.model) == ("completed", "my-deployment")
        [answer, _] = client.beta.threads.messages.list(run.thread_id).data
        assert answer.content[0].type == "text"
        assert answer.content[0].text.value == "Hi from Azure"
