from __future__ import annotations

import json

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
from threadkeep.inference import (
    ChatFunctionCall,
    ChatMessage,
    ChatToolCall,
    FunctionDefinition,
    FunctionTool,
)
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.inference.search_first import SearchFirst
from threadkeep.types.tool import FunctionName, NamedToolChoice
from threadkeep.types.usage import Usage

LONG = "Dear all, " + "and so on " * 300 + "when is tea drunk?"
QUESTION = "At what time of the day is the tea drunk in this house?"


@pytest.fixture
def weak_model(chat_model):
    """The scripted model, as one that never searches by itself."""
    return SearchFirst(chat_model)


def function(name, field):
    parameters = {"type": "object", "properties": {field: {"type": "array"}}}
    return FunctionTool(function=FunctionDefinition(name=name, parameters=parameters))


def named(name):
    return NamedToolChoice(type="function", function=FunctionName(name=name))


def said(text):
    return ChatMessage(role="assistant", content=text)


def exchange(name, output):
    call = ChatToolCall(id="call_1", function=ChatFunctionCall(name=name, arguments="{}"))
    return [
        ChatMessage(role="assistant", content=None, tool_calls=[call]),
        ChatMessage(role="tool", tool_call_id="call_1", content=output),
    ]


FOUND = exchange("file_search", "Tea is drunk at four.")


async def queries(weak_model, messages, **fields):
    """What is searched for before the model is asked; None if the model is asked."""
    request = asking(**{"messages": messages, "tools": [FILE_SEARCH, WEATHER], **fields})
    calls = calls_of(await replied(weak_model, request))
    assert [name for name, _ in calls] in ([], ["file_search"])
    return json.loads(calls[0][1])["queries"] if calls else None


async def test_what_the_user_says_is_searched_for_and_the_model_not_asked(
    scripted_model, weak_model
):
    chunks = await replied(weak_model, asking(QUESTION, tools=[FILE_SEARCH]))

    assert calls_of(chunks) == [("file_search", f'{{"queries":["{QUESTION}"]}}')]
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["tool_calls"]
    assert usage_of(chunks) == Usage()
    assert scripted_model.chat_requests == []


async def test_the_model_answers_in_the_next_turn_and_needs_no_tools_for_it(
    scripted_model, weak_model
):
    scripted_model.reply("At four.")
    request = asking(messages=[user(QUESTION), *FOUND], tools=[FILE_SEARCH])

    assert text_of(await replied(weak_model, request)) == "At four."

    body = scripted_model.chat_requests[0].body
    assert "tools" not in body
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][-1]["content"] == (
        f"The result of file_search is: Tea is drunk at four.\n\nNow answer this: {QUESTION}"
    )


async def test_a_long_text_is_not_said_twice(scripted_model, weak_model):
    request = asking(messages=[user(LONG), *FOUND], tools=[FILE_SEARCH])

    await replied(weak_model, request)

    told = scripted_model.chat_requests[0].body["messages"][-1]["content"]
    assert told.endswith("four.\n\nNow tell me the answer.")


async def test_a_model_with_other_tools_keeps_them_and_is_told_as_usual(scripted_model, weak_model):
    request = asking(messages=[user(QUESTION), *FOUND], tools=[FILE_SEARCH, WEATHER])

    await replied(weak_model, request)

    body = scripted_model.chat_requests[0].body
    assert [tool["function"]["name"] for tool in body["tools"]] == ["get_weather"]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "tool"]


async def test_a_model_held_to_json_decides_for_the_other_tools_alone(scripted_model, chat_model):
    scripted_model.reply('{"tool": "answer"}')
    scripted_model.reply("At four.")
    weak_model = SearchFirst(ConstrainedTools(chat_model))
    request = asking(messages=[user(QUESTION), *FOUND], tools=[FILE_SEARCH, WEATHER])

    assert text_of(await replied(weak_model, request)) == "At four."

    decision = scripted_model.chat_requests[0].body
    assert "get_weather" in decision["messages"][0]["content"]
    assert "- file_search" not in decision["messages"][0]["content"]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user(QUESTION)], [QUESTION]),
        ([user("  Tea? \n")], ["Tea?"]),
        ([user(QUESTION), said("At four."), user("And coffee?")], ["And coffee?", f"{QUESTION} And coffee?"]),
        ([user("Coffee?"), said("All day."), user(QUESTION)], [QUESTION]),
        ([user(LONG)], [LONG[:1000], LONG[-1000:]]),
        ([user(QUESTION), ChatMessage(role="user", content=[{"type": "image_url"}])], [QUESTION]),
        ([ChatMessage(role="user", content=[{"type": "text", "text": "Tea?"}])], ["Tea?"]),
    ],
    ids=["a question", "blanks", "a follow-up", "a new question", "a long text", "a picture", "parts"],
)  # fmt: skip
async def test_what_is_searched_for(weak_model, messages, expected):
    assert await queries(weak_model, messages) == expected


@pytest.mark.parametrize("choice", ["required", named("file_search")])
async def test_a_forced_search_is_made_at_once(weak_model, choice):
    assert await queries(weak_model, [user(QUESTION)], tool_choice=choice) == [QUESTION]


async def test_a_question_that_is_answered_again_is_searched_for_again(weak_model):
    assert await queries(weak_model, [user(QUESTION), *FOUND, said("At four.")]) == [QUESTION]


async def test_a_function_that_was_called_does_not_count_as_a_search(weak_model):
    messages = [user(QUESTION), *exchange("get_weather", "rain")]

    assert await queries(weak_model, messages) == [QUESTION]
    assert await queries(weak_model, [*messages, *FOUND]) is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"tool_choice": "none"}, ["get_weather"]),
        ({"tool_choice": named("get_weather")}, ["get_weather"]),
        ({"tools": [WEATHER]}, ["get_weather"]),
        ({"tools": [function("file_search", "path")]}, ["file_search"]),
        ({"tools": [function("search", "queries")]}, ["search"]),
        ({"messages": []}, ["get_weather"]),
        ({"messages": [], "tools": [FILE_SEARCH], "tool_choice": named("file_search")}, None),
    ],
    ids=[
        "no tools wanted",
        "another is forced",
        "no file search",
        "the caller's own function",
        "another name",
        "nothing said",
        "nothing said, search forced",
    ],
)
async def test_otherwise_the_model_is_asked_at_once(scripted_model, weak_model, fields, told):
    assert await queries(weak_model, **{"messages": [user(QUESTION)], **fields}) is None

    body = scripted_model.chat_requests[0].body
    tools = body.get("tools")
    assert (tools and [tool["function"]["name"] for tool in tools]) == told
    assert told is not None or "tool_choice" not in body


async def test_it_has_the_models_and_the_room_of_the_one_within(scripted_model, connected):
    weak_model = SearchFirst(connected(scripted_model, context_tokens=4096))

    assert [model.id for model in await weak_model.models()] == ["scripted-model"]
    assert weak_model.takes("any")
    assert await weak_model.context_tokens("any") == 4096
