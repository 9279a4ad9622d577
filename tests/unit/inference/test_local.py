"""The local model for real: its own process, a file from the package index, nothing scripted."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import aclosing
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.support.chat import (
    FILE_SEARCH,
    WEATHER,
    asking,
    calls_of,
    replied,
    text_of,
    usage_of,
    user,
)
from threadkeep.errors import ChatModelUnavailableError
from threadkeep.inference import ChatFunctionCall, ChatMessage, ChatToolCall, local
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.inference.discovery import Discovery
from threadkeep.inference.local import LocalChatModel, ModelProcess
from threadkeep.inference.opening import open_chat_model
from threadkeep.inference.search_first import SearchFirst
from threadkeep.settings import RouteSettings
from threadkeep.types.tool import FunctionName, NamedToolChoice

pytestmark = pytest.mark.timeout(300)

INSTRUCTIONS = "You are a helpful assistant. Answer in one short sentence."


@pytest.fixture
def progress():
    """The lines that the model's start showed."""
    return []


@pytest.fixture
async def chat_model(local_model, transport, progress):
    """The local model."""
    chat_model = LocalChatModel(local_model, transport, progress.append)
    yield chat_model
    await chat_model.stop()


def asking_model(*messages, **fields):
    system = ChatMessage(role="system", content=INSTRUCTIONS)
    return asking(messages=[system, *messages], temperature=0.0, **fields)


async def test_it_answers_in_a_stream(chat_model, progress):
    chunks = await replied(chat_model, asking_model(user("What is the capital of France?")))

    assert "Paris" in text_of(chunks)
    assert len([chunk for chunk in chunks if chunk.text]) > 3
    usage = usage_of(chunks)
    assert usage is not None
    assert usage.prompt_tokens > 20
    assert progress == [
        "Loading the model smollm2-135m …",
        "The model smollm2-135m is ready.",
    ]


async def test_it_calls_a_function_and_tells_its_output(chat_model):
    weak_model = ConstrainedTools(chat_model)
    question = user("What is the weather in Oslo?")
    forced = NamedToolChoice(type="function", function=FunctionName(name="get_weather"))

    call = await replied(weak_model, asking_model(question, tools=[WEATHER], tool_choice=forced))
    assert calls_of(call) == [("get_weather", '{"city":"Oslo"}')]

    function = ChatFunctionCall(name="get_weather", arguments='{"city":"Oslo"}')
    told = await replied(
        weak_model,
        asking_model(
            question,
            ChatMessage(
                role="assistant",
                content=None,
                tool_calls=[ChatToolCall(id="call_1", function=function)],
            ),
            ChatMessage(role="tool", tool_call_id="call_1", content="4 degrees, rain"),
            tools=[WEATHER],
        ),
    )
    assert "4 degrees" in text_of(told)


async def test_it_tells_what_was_found_before_it_was_asked(chat_model):
    search = ChatFunctionCall(name="file_search", arguments='{"queries":["bus Tornby"]}')
    found = "【0:0†travel.txt】\nThe bus to Tornby is line 63. A ticket costs 3.40 euros."

    told = await replied(
        SearchFirst(chat_model),
        asking_model(
            user("Which bus goes to Tornby?"),
            ChatMessage(role="assistant", tool_calls=[ChatToolCall(id="call_1", function=search)]),
            ChatMessage(role="tool", tool_call_id="call_1", content=found),
            tools=[FILE_SEARCH],
            max_completion_tokens=40,
        ),
    )

    assert "63" in text_of(told)


async def test_it_stops_at_the_budget(chat_model):
    request = asking_model(user("Tell me a long story."), max_completion_tokens=5)

    chunks = await replied(chat_model, request)

    assert [c.finish_reason for c in chunks if c.finish_reason] == ["length"]
    usage = usage_of(chunks)
    assert usage is not None
    assert usage.completion_tokens == 5


async def test_several_at_once_share_one_process(chat_model, progress):
    request = asking_model(user("Hello"), max_completion_tokens=4)

    replies = await asyncio.gather(*(replied(chat_model, request) for _ in range(3)))

    assert all(text_of(reply) for reply in replies)
    assert len(progress) == 2


async def test_a_process_that_died_is_started_again(chat_model, progress):
    request = asking_model(user("Hello"), max_completion_tokens=4)
    await chat_model.start()
    process = chat_model._process  # pyright: ignore[reportPrivateUsage]
    os.kill(process._process.pid, signal.SIGKILL)  # pyright: ignore[reportPrivateUsage]

    assert text_of(await replied(chat_model, request))
    assert len(progress) == 4


async def test_a_crash_in_the_middle_of_a_reply_is_told(chat_model):
    request = asking_model(user("Tell me a long story."))

    async with aclosing(chat_model.stream(request)) as reply:
        await anext(reply)
        process = chat_model._process  # pyright: ignore[reportPrivateUsage]
        os.kill(process._process.pid, signal.SIGKILL)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(ChatModelUnavailableError):
            _ = [chunks async for chunks in reply]
    assert text_of(await replied(chat_model, asking_model(user("Hi"), max_completion_tokens=4)))


async def test_it_goes_by_routes_like_any_other(local_model):
    routes = [RouteSettings(pattern="*", upstream="local")]
    lines = []

    async with open_chat_model(
        Discovery(routes=routes, local=local_model), on_progress=lines.append
    ) as chat_model:
        assert len(lines) == 2
        assert [model.id for model in await chat_model.models()] == ["smollm2-135m"]
        assert await chat_model.context_tokens("gpt-4o") == 3840
        chunks = await replied(chat_model, asking_model(user("Hi"), max_completion_tokens=4))
        assert text_of(chunks)
        search = await replied(chat_model, asking_model(user("Tea?"), tools=[FILE_SEARCH]))
        assert calls_of(search) == [("file_search", '{"queries":["Tea?"]}')]


async def test_a_file_that_is_no_model_is_told(local_model, transport, tmp_path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    broken = LocalChatModel(msgspec.structs.replace(local_model, path=path), transport)

    with pytest.raises(ChatModelUnavailableError, match=r"broken\.gguf cannot be loaded \("):
        await replied(broken, asking_model(user("Hi")))
    await broken.stop()


async def test_without_the_extra_it_says_how_to_get_it(local_model, transport, monkeypatch):
    monkeypatch.setattr(local, "can_run_models", lambda: False)

    with pytest.raises(ChatModelUnavailableError, match=r"pip install 'threadkeep\[local\]'"):
        await replied(LocalChatModel(local_model, transport), asking_model(user("Hi")))


def test_its_process_ends_with_ours_even_when_that_is_killed(local_model):
    script = f"""
        import sys, time
        from pathlib import Path
        from threadkeep.inference.local import LocalModel, ModelProcess
        model = LocalModel(name="m", path=Path({str(local_model.path)!r}), threads=1)
        print(ModelProcess(model).wait_until_ready(), flush=True)
        time.sleep(300)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        port = urlsplit(parent.stdout.readline()).port
        assert port is not None
        assert is_open(port)
        parent.kill()
    deadline = time.monotonic() + 20
    while is_open(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_open(port)


def test_ended_by_hand_it_is_gone(local_model):
    process = ModelProcess(local_model)
    port = urlsplit(process.wait_until_ready()).port
    assert port is not None

    process.end()

    assert not process.is_running
    assert not is_open(port)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
