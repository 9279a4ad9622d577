"""Our client on a real server, through connections that are cut and servers that die: it misses nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from tests.support.conversation import WEATHER, new_assistant, new_thread, texts
from tests.support.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.http import Http
from tests.support.running_server import RunningServer
from tests.support.scripted_model import Gate, ScriptedModel
from tests.support.server_process import StartProcess
from threadkeep import AssistantEventHandler, AsyncClient, Client
from threadkeep.types.event import MessageDeltaEvent
from threadkeep.types.run import RunRestart

WORDS = [f"word{number} " for number in range(40)]


def client_of(proxy: CuttingProxy) -> Client:
    return Client(api_key="sk-test", base_url=proxy.base_url)


@pytest.mark.parametrize("size", [5000, 7500, 9000])
def test_a_connection_is_cut_again_and_again(
    running_server: RunningServer, scripted_model: ScriptedModel, size: int
):
    http = running_server.http
    scripted_model.reply(*WORDS)
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    with cutting_proxy(http.base_url) as proxy, client_of(proxy) as client:
        proxy.bytes_before_cut = size
        with client.threads.runs.stream(thread, assistant_id=assistant) as stream:
            said = "".join(stream.text_deltas)
            assert stream.get_final_run().status == "completed"
            [final] = stream.get_final_messages()
    assert said == "".join(WORDS)
    assert final.status == "completed"
    assert proxy.accepted > 1
    assert len(scripted_model.chat_requests) == 1


def test_a_connection_is_cut_while_the_model_is_silent(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http, gate = running_server.http, Gate()
    scripted_model.reply("One", gate, " two")
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    names: list[str] = []
    with (
        cutting_proxy(http.base_url) as proxy,
        client_of(proxy) as client,
        client.threads.runs.stream(thread, assistant_id=assistant) as stream,
    ):
        for event in stream:
            names.append(event.event)
            if event.event == "thread.message.delta" and proxy.accepted == 1:
                proxy.cut()
                gate.open()
        [final] = stream.get_final_messages()
    assert final.to_dict()["content"][0]["text"]["value"] == "One two"
    assert names.count("thread.message.delta") == 2
    assert "thread.run.restarted" not in names


async def test_both_clients_resume(running_server: RunningServer, scripted_model: ScriptedModel):
    http = running_server.http
    scripted_model.reply(*WORDS)
    assistant = await asyncio.to_thread(new_assistant, http)
    thread = await asyncio.to_thread(new_thread, http, "Hello")
    with cutting_proxy(http.base_url) as proxy:
        proxy.bytes_before_cut = 6000
        async with (
            AsyncClient(api_key="sk-test", base_url=proxy.base_url) as client,
            client.threads.runs.stream(thread, assistant_id=assistant) as stream,
        ):
            assert "".join([text async for text in stream.text_deltas]) == "".join(WORDS)


def test_a_stream_of_submitted_outputs_resumes(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    scripted_model.call_functions(("get_weather", "{}"))
    scripted_model.reply(*WORDS)
    assistant, thread = new_assistant(http, tools=[WEATHER]), new_thread(http, "Hello")
    with cutting_proxy(http.base_url) as proxy, client_of(proxy) as client:
        run = client.threads.runs.create_and_poll(thread, assistant_id=assistant)
        assert run.required_action is not None
        outputs: list[Any] = [
            {"tool_call_id": call.id, "output": "rain"}
            for call in run.required_action.submit_tool_outputs.tool_calls
        ]
        proxy.bytes_before_cut = 6000
        with client.threads.runs.submit_tool_outputs_stream(
            run.id, thread_id=thread, tool_outputs=outputs
        ) as stream:
            assert "".join(stream.text_deltas) == "".join(WORDS)


def test_somebody_else_goes_on_where_a_stream_was_left(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http, gate = running_server.http, Gate()
    scripted_model.reply("One", gate, " two")
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    with Client(api_key="sk-test", base_url=http.base_url) as client:
        with client.threads.runs.stream(thread, assistant_id=assistant) as stream:
            for event in stream:
                if isinstance(event, MessageDeltaEvent):
                    break
            run, last = stream.current_run, stream.last_event_id
        gate.open()
        assert run is not None
        done = client.threads.runs.retrieve(run.id, thread_id=thread, wait=20)
        with client.threads.runs.events(run.id, thread_id=thread, after=last) as rest:
            assert "".join(rest.text_deltas) == " two"
    assert done.status == "completed"


class Listener(AssistantEventHandler):
    """Notes what is said, and that what was said is void."""

    def __init__(self) -> None:
        super().__init__()
        self.restarts: list[int] = []
        self.said: list[str] = []

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.said.append(delta.value)

    def on_run_restarted(self, restart: RunRestart) -> None:
        self.restarts.append(restart.epoch)
        self.said.clear()


def test_a_stream_outlives_the_server(start_process: StartProcess, scripted_model: ScriptedModel):
    """Killed in the middle of a reply and started again, at another port behind the same address."""
    gate = Gate()
    scripted_model.reply("Old", gate, " words")
    scripted_model.reply("New", " words")
    first = start_process()
    assistant, thread = new_assistant(first.http), new_thread(first.http, "Hello")
    listener = Listener()
    with (
        cutting_proxy(first.base_url) as proxy,
        client_of(proxy) as client,
        client.threads.runs.stream(
            thread, assistant_id=assistant, event_handler=listener
        ) as stream,
    ):
        for event in stream:
            if isinstance(event, MessageDeltaEvent) and not listener.restarts:
                _replace(first, proxy, start_process)
        final = stream.get_final_run()
        [message] = stream.get_final_messages()
    assert final.status == "completed"
    assert listener.restarts == [2]
    assert "".join(listener.said) == "New words"
    assert message.status == "completed"
    assert texts(Http(proxy.target), thread) == ["Hello", "New words"]
    gate.open()


def _replace(first: Any, proxy: CuttingProxy, start_process: StartProcess) -> None:
    """The server dies, and while nobody answers another one is started in its place."""
    first.kill()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        proxy.target = f"http://127.0.0.1:{nobody.getsockname()[1]}"

    def start() -> None:
        proxy.target = start_process().base_url

    threading.Thread(target=start).start()
