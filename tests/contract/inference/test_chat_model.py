"""What every `ChatModel` keeps, whatever stands between it and the model."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.support.chat import WEATHER, asking, calls_of, replied, text_of, usage_of
from tests.support.scripted_model import DROP, SILENCE, Gate
from threadkeep.errors import (
    ChatModelRateLimitError,
    ChatModelRequestError,
    ChatModelUnavailableError,
)
from threadkeep.inference import ChatModel
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.inference.routing import RoutedChatModel, Upstream
from threadkeep.inference.search_first import SearchFirst
from threadkeep.settings import RouteSettings, UpstreamSettings
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport

ROUTES = [RouteSettings(pattern="*", upstream="scripted")]


@pytest.fixture(
    params=["openai-compatible", "constrained", "search-first", "routed", "routed-constrained"]
)
async def chat_model(request, scripted_model):
    """A chat model in front of the scripted one; the test runs once with each kind."""
    transport = AsyncPyreqwestTransport()
    settings = UpstreamSettings(url=scripted_model.base_url, max_retries=0, context_tokens=4096)
    model: ChatModel = OpenAICompatibleModel("scripted", settings, transport)
    match request.param:
        case "constrained":
            model = ConstrainedTools(model)
        case "search-first":
            model = SearchFirst(model)
        case "routed":
            model = RoutedChatModel({"scripted": Upstream(model)}, ROUTES)
        case "routed-constrained":
            model = RoutedChatModel({"scripted": Upstream(model, "constrained")}, ROUTES)
        case _:
            pass
    yield model
    await transport.aclose()


async def test_text_comes_in_its_parts_with_one_end_and_one_usage(chat_model, scripted_model):
    scripted_model.reply("Hello", " world", usage=(7, 2))

    chunks = await replied(chat_model)

    assert [chunk.text for chunk in chunks if chunk.text] == ["Hello", " world"]
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [9]


async def test_a_part_is_given_before_the_next_is_written(chat_model, scripted_model):
    gate = Gate()
    scripted_model.reply("first", gate, "second")

    async with aclosing(chat_model.stream(asking())) as reply:
        assert text_of(await anext(reply)) == "first"
        gate.open()
        assert text_of([chunk async for chunks in reply for chunk in chunks]) == "second"


async def test_a_call_has_a_name_and_whole_arguments(chat_model, scripted_model):
    def decide(body):
        # With tools a model calls by itself; without, it writes down what it decides.
        if "tools" in body:
            scripted_model.call_functions(("get_weather", '{"city":"Oslo"}'))
        else:
            scripted_model.reply('{"tool": "get_weather", "arguments": {"city":"Oslo"}}')

    scripted_model.answer(decide)

    chunks = await replied(chat_model, asking("Oslo?", tools=[WEATHER], tool_choice="required"))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]
    assert usage_of(chunks) is not None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ChatModelRequestError),
        (429, ChatModelRateLimitError),
        (500, ChatModelUnavailableError),
    ],
)
@pytest.mark.parametrize("tools", [[], [WEATHER]])
async def test_errors_are_of_their_kind(chat_model, scripted_model, status, error, tools):
    for _ in range(2):
        scripted_model.fail(status, "Because.")

    with pytest.raises(error, match=r"'scripted' .* \(\d+\): Because\."):
        await replied(chat_model, asking(tools=tools))


async def test_a_broken_reply_keeps_what_was_said(chat_model, scripted_model):
    scripted_model.reply("Half", DROP)

    async with aclosing(chat_model.stream(asking())) as reply:
        assert text_of(await anext(reply)) == "Half"
        with pytest.raises(ChatModelUnavailableError):
            await anext(reply)


async def test_closing_ends_the_request(chat_model, scripted_model):
    scripted_model.reply("first", SILENCE)

    async with aclosing(chat_model.stream(asking())) as reply:
        await anext(reply)

    assert await asyncio.to_thread(scripted_model.chat_requests[0].left.wait, 5)


async def test_any_number_of_requests_at_once(chat_model, scripted_model):
    gate = Gate()
    for _ in range(20):
        scripted_model.reply("a", gate, "b")
    replies = [asyncio.create_task(replied(chat_model)) for _ in range(20)]
    await gate.reached()
    gate.open()

    assert [text_of(reply) for reply in await asyncio.gather(*replies)] == ["ab"] * 20


async def test_it_takes_the_models_that_it_lists(chat_model):
    assert all(chat_model.takes(model.id) for model in await chat_model.models())


async def test_it_knows_its_models_and_their_room(chat_model):
    assert "scripted-model" in [model.id for model in await chat_model.models()]
    room = await chat_model.context_tokens("any")
    assert room is not None
    assert 3000 < room <= 4096
