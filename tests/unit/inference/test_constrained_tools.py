from __future__ import annotations

import pytest

from tests.support.chat import WEATHER, asking, calls_of, replied, text_of, usage_of, user
from tests.support.scripted_model import Gate
from threadkeep.errors import ChatModelRequestError, ChatModelUnavailableError
from threadkeep.inference import (
    ChatFunctionCall,
    ChatMessage,
    ChatToolCall,
    FunctionDefinition,
    FunctionTool,
)
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.types.tool import FunctionName, NamedToolChoice
from threadkeep.types.usage import Usage

CALL_OSLO = '{"tool": "get_weather", "arguments": {"city": "Oslo"}}'
ANSWER = '{"tool": "answer"}'


@pytest.fixture
def weak_model(chat_model):
    """The scripted model, as one that has no tools of its own."""
    return ConstrainedTools(chat_model)


def function(name, **parameters):
    properties = {"type": "object", "properties": parameters}
    return FunctionTool(function=FunctionDefinition(name=name, parameters=properties))


def named(name):
    return NamedToolChoice(type="function", function=FunctionName(name=name))


def bodies(scripted_model):
    return [request.body for request in scripted_model.chat_requests]


def schema_of(body):
    return body["response_format"]["json_schema"]["schema"]


def options_of(body):
    return [option["properties"]["tool"]["const"] for option in schema_of(body)["anyOf"]]


def called(*calls, text=None):
    return ChatMessage(
        role="assistant",
        content=text,
        tool_calls=[
            ChatToolCall(id=f"call_{n}", function=ChatFunctionCall(name=name, arguments=arguments))
            for n, (name, arguments) in enumerate(calls)
        ],
    )


def output(n, text):
    return ChatMessage(role="tool", tool_call_id=f"call_{n}", content=text)


async def test_a_decision_for_a_function_is_a_call(scripted_model, weak_model):
    scripted_model.reply('{"tool": "get_', 'weather",\n "arguments": {"city": "Oslo"}}')

    chunks = await replied(weak_model, asking(tools=[WEATHER]))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]
    assert text_of(chunks) == ""
    assert chunks[-1].finish_reason == "tool_calls"
    assert usage_of(chunks) == Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)


async def test_the_model_is_told_of_the_functions_and_held_to_json(scripted_model, weak_model):
    scripted_model.reply(CALL_OSLO)
    messages = [ChatMessage(role="system", content="Be brief."), user("Oslo?")]

    await replied(weak_model, asking(messages=messages, tools=[WEATHER], temperature=1.0))

    (body,) = bodies(scripted_model)
    assert "tools" not in body
    assert body["temperature"] == 0
    assert body["messages"][0]["content"] == (
        "Be brief.\n\nYou can call this function:\n"
        '- get_weather: Get the current weather of a city. Parameters: {"city": string}\n'
        'Reply with JSON: {"tool": "get_weather", "arguments": {...}} to call a function,'
        ' or {"tool": "answer"} to answer yourself.'
    )
    assert schema_of(body)["anyOf"][0] == {
        "type": "object",
        "properties": {
            "tool": {"const": "get_weather"},
            "arguments": WEATHER.function.parameters,
        },
        "required": ["tool", "arguments"],
        "additionalProperties": False,
    }
    assert options_of(body) == ["get_weather", "answer"]


async def test_parameters_are_told_in_few_words(scripted_model, weak_model):
    tool = function(
        "book",
        day={"type": "string", "description": "As YYYY-MM-DD"},
        seats={"type": "integer"},
        kind={"enum": ["bus", "train"]},
        stops={"type": "array", "items": {"type": "string"}},
        more=True,
    )
    scripted_model.reply('{"tool": "book", "arguments": {}}')

    await replied(weak_model, asking(tools=[tool, WEATHER]))

    told = bodies(scripted_model)[0]["messages"][0]["content"]
    assert told.startswith("You can call one of these functions:\n- book Parameters: {")
    assert '"day": string (As YYYY-MM-DD), "seats": integer, "kind": "bus" | "train"' in told
    assert '"stops": {"type":"array","items":{"type":"string"}}, "more": any}' in told


async def test_an_answer_is_written_freely_and_comes_as_it_is_written(scripted_model, weak_model):
    gate = Gate()
    scripted_model.reply(ANSWER)
    scripted_model.reply("Rain is", gate, " water.")

    reply = weak_model.stream(asking("What is rain?", tools=[WEATHER], idempotency_key="run_1-0"))
    assert text_of(await anext(reply)) == "Rain is"
    gate.open()
    rest = [chunk async for chunks in reply for chunk in chunks]

    assert text_of(rest) == " water."
    assert usage_of(rest) == Usage(prompt_tokens=20, completion_tokens=10, total_tokens=30)
    decision, answer = scripted_model.chat_requests
    assert answer.body["messages"] == [{"role": "user", "content": "What is rain?"}]
    assert "response_format" not in answer.body
    assert decision.headers["idempotency-key"] == "run_1-0"
    assert answer.headers["idempotency-key"] == "run_1-0-answer"


@pytest.mark.parametrize("choice", ["required", named("get_weather")])
async def test_a_forced_call_leaves_no_way_out(scripted_model, weak_model, choice):
    scripted_model.reply(CALL_OSLO)
    tools = [WEATHER] if choice == "required" else [WEATHER, function("other")]

    chunks = await replied(weak_model, asking(tools=tools, tool_choice=choice))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]
    assert options_of(bodies(scripted_model)[0]) == ["get_weather"]


async def test_no_tools_and_no_choice_mean_no_decision(scripted_model, weak_model):
    await replied(weak_model, asking(tools=[WEATHER], tool_choice="none"))
    await replied(weak_model, asking())

    assert ["response_format" in body for body in bodies(scripted_model)] == [False, False]


async def test_a_function_may_be_called_answer(scripted_model, weak_model):
    scripted_model.reply('{"tool": "answer", "arguments": {"text": "x"}}')

    chunks = await replied(weak_model, asking(tools=[function("answer")]))

    assert calls_of(chunks) == [("answer", '{"text":"x"}')]
    assert options_of(bodies(scripted_model)[0]) == ["answer", "answer_"]


async def test_earlier_calls_are_told_in_plain_text(scripted_model, weak_model):
    messages = [
        user("Weather and time in Oslo?"),
        called(("get_weather", '{"city":"Oslo","days":2}'), ("get_time", "{}"), text="Let me see."),
        output(0, "4 degrees, rain"),
        output(1, "noon"),
    ]

    await replied(weak_model, asking(messages=messages, tools=[WEATHER]))

    assert bodies(scripted_model)[0]["messages"] == [
        {"role": "user", "content": "Weather and time in Oslo?"},
        {
            "role": "assistant",
            "content": "Let me see.\nI will call get_weather with city: Oslo, days: 2.\n"
            "I will call get_time.",
        },
        {
            "role": "user",
            "content": "The result of get_weather is: 4 degrees, rain\n"
            "The result of get_time is: noon\n\nNow tell me the answer.",
        },
    ]


async def test_outputs_in_the_middle_and_odd_ones_are_told_too(scripted_model, weak_model):
    parts = [{"type": "text", "text": "4"}, {"type": "text", "text": "degrees"}]
    messages = [
        user("Oslo?"),
        called(("get_weather", "not json")),
        ChatMessage(role="tool", tool_call_id="call_0", content=parts),
        ChatMessage(role="tool", tool_call_id="lost", content="x"),
        ChatMessage(role="assistant", content="4 degrees."),
        user("Thanks."),
    ]

    await replied(weak_model, asking(messages=messages))

    told = [message["content"] for message in bodies(scripted_model)[0]["messages"]]
    assert told == [
        "Oslo?",
        "I will call get_weather with not json.",
        (
            "The result of get_weather is: 4\ndegrees\nThe result of the function is: x\n\n"
            "Now tell me the answer."
        ),
        "4 degrees.",
        "Thanks.",
    ]


async def test_a_function_is_offered_once_for_a_question(scripted_model, weak_model):
    question = [user("Oslo?"), called(("get_weather", "{}")), output(0, "rain")]
    for messages in (question, [*question, user("And Rome?")]):
        scripted_model.reply(ANSWER)
        tools = [WEATHER, function("get_time")]
        await replied(weak_model, asking(messages=messages, tools=tools))

    decisions = [body for body in bodies(scripted_model) if "response_format" in body]
    assert [options_of(body) for body in decisions] == [
        ["get_time", "answer"],
        ["get_weather", "get_time", "answer"],
    ]


async def test_references_within_parameters_still_lead_to_them(scripted_model, weak_model):
    tool = FunctionTool(
        function=FunctionDefinition(
            name="go",
            parameters={
                "type": "object",
                "properties": {"to": {"$ref": "#/$defs/place"}, "via": {"anyOf": [{"$ref": "#"}]}},
                "$defs": {"place": {"type": "string"}},
            },
        )
    )
    scripted_model.reply('{"tool": "go", "arguments": {"to": "Oslo"}}')

    await replied(weak_model, asking(tools=[WEATHER, tool]))

    arguments = schema_of(bodies(scripted_model)[0])["anyOf"][1]["properties"]["arguments"]
    place = "#/anyOf/1/properties/arguments"
    assert arguments["properties"]["to"] == {"$ref": f"{place}/$defs/place"}
    assert arguments["properties"]["via"] == {"anyOf": [{"$ref": place}]}


async def test_a_schema_that_the_server_cannot_use_is_loosened(scripted_model, weak_model):
    scripted_model.fail(400, "failed to parse grammar")
    scripted_model.reply(CALL_OSLO)

    chunks = await replied(weak_model, asking(tools=[WEATHER]))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]
    option = schema_of(bodies(scripted_model)[1])["anyOf"][0]
    assert option["properties"]["arguments"] == {"type": "object"}


async def test_a_request_that_is_wrong_all_the_same_is_told(scripted_model, weak_model):
    scripted_model.fail(400, "too long")
    scripted_model.fail(400, "too long")

    with pytest.raises(ChatModelRequestError, match="too long"):
        await replied(weak_model, asking(tools=[WEATHER]))


@pytest.mark.parametrize(
    "written",
    [
        "Sure! ```json\n" + CALL_OSLO + "\n```",
        CALL_OSLO + " I hope that helps.",
    ],
)
async def test_a_decision_is_found_where_the_server_does_not_enforce_it(
    scripted_model, weak_model, written
):
    scripted_model.reply(written)

    chunks = await replied(weak_model, asking(tools=[WEATHER]))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]


@pytest.mark.parametrize(
    "written", ["It rains.", '{"tool": "rm", "arguments": {}}', "{", "}{", "[]"]
)
async def test_without_a_decision_the_model_answers(scripted_model, weak_model, written):
    scripted_model.reply(written)
    scripted_model.reply("Rain.")

    assert text_of(await replied(weak_model, asking(tools=[WEATHER]))) == "Rain."


async def test_a_forced_call_that_is_not_made_is_told(scripted_model, weak_model):
    scripted_model.reply("It rains.")

    with pytest.raises(ChatModelUnavailableError, match="had to call a function"):
        await replied(weak_model, asking(tools=[WEATHER], tool_choice="required"))


async def test_a_decision_has_no_more_tokens_than_the_run(scripted_model, weak_model):
    scripted_model.reply('{"tool": "get_', finish_reason="length")

    chunks = await replied(weak_model, asking(tools=[WEATHER], max_completion_tokens=5))

    assert bodies(scripted_model)[0]["max_tokens"] == 5
    assert [chunk.finish_reason for chunk in chunks] == ["length"]
    assert usage_of(chunks) is not None


async def test_a_model_that_has_lost_its_way_is_stopped(scripted_model, weak_model):
    scripted_model.reply('{"tool": "get_weather", "arguments": {"city": "b', finish_reason="length")
    scripted_model.reply("Never mind.")

    assert text_of(await replied(weak_model, asking(tools=[WEATHER]))) == "Never mind."
    assert bodies(scripted_model)[0]["max_tokens"] == 1024


async def test_it_has_the_models_of_the_one_within_and_less_room(scripted_model, connected):
    weak_model = ConstrainedTools(connected(scripted_model, context_tokens=4096))

    assert [model.id for model in await weak_model.models()] == ["scripted-model"]
    assert await weak_model.context_tokens("any") == 3840
    assert await ConstrainedTools(connected(scripted_model)).context_tokens("any") is None


async def test_a_function_without_parameters_takes_any(scripted_model, weak_model):
    scripted_model.reply('{"tool": "f", "arguments": {}}')
    bare = FunctionTool(function=FunctionDefinition(name="f"))

    assert calls_of(await replied(weak_model, asking(tools=[bare]))) == [("f", "{}")]
