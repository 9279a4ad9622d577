from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from tests.support.chat import WEATHER, asking, calls_of, replied, text_of
from tests.support.scripted_model import (
    DEFAULT_TEXT,
    DROP,
    END,
    SILENCE,
    Gate,
    ScriptedModel,
    call,
)
from threadkeep.errors import (
    ChatModelError,
    ChatModelRateLimitError,
    ChatModelRequestError,
    ChatModelUnavailableError,
)
from threadkeep.types.response_format import JSONSchema, ResponseFormatJSONSchema
from threadkeep.types.tool import FunctionDefinition, FunctionName, FunctionTool, NamedToolChoice
from threadkeep.types.usage import Usage


def sent(scripted_model: ScriptedModel, index=-1):
    return scripted_model.chat_requests[index].body


# What it gives ---------------------------------------------------------------------------------


async def test_text_comes_in_the_parts_in_which_it_is_written(scripted_model, chat_model):
    scripted_model.reply("Hello", " wörld", "!", usage=(12, 3))

    chunks = await replied(chat_model)

    assert [chunk.text for chunk in chunks if chunk.text] == ["Hello", " wörld", "!"]
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert [chunk.usage for chunk in chunks if chunk.usage] == [
        Usage(prompt_tokens=12, completion_tokens=3, total_tokens=15)
    ]


async def test_text_is_given_before_the_next_is_written(scripted_model, chat_model):
    gate = Gate()
    scripted_model.reply("first", gate, "second")

    async with aclosing(chat_model.stream(asking())) as reply:
        assert text_of(await anext(reply)) == "first"
        gate.open()
        assert text_of([chunk async for chunks in reply for chunk in chunks]) == "second"


async def test_parallel_calls_come_after_text(scripted_model, chat_model):
    scripted_model.call_functions(
        ("get_weather", '{"city":"Oslo"}'), ("get_time", "{}"), text=("Let me see.",)
    )

    chunks = await replied(chat_model, asking(tools=[WEATHER]))

    assert text_of(chunks) == "Let me see."
    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}'), ("get_time", "{}")]
    assert chunks[-2].finish_reason == "tool_calls"


async def test_refusals_and_reasons_of_the_end_are_told(scripted_model, chat_model):
    scripted_model.refuse("I can", "not.")
    scripted_model.reply("Too lo", finish_reason="length")
    scripted_model.reply("done", finish_reason="eos_token")

    assert [c.refusal for c in await replied(chat_model) if c.refusal] == ["I can", "not."]
    reasons = [
        [chunk.finish_reason for chunk in await replied(chat_model) if chunk.finish_reason]
        for _ in range(2)
    ]
    assert reasons == [["length"], ["stop"]]


async def test_what_the_run_says_is_what_the_server_gets(scripted_model, connected):
    chat_model = connected(scripted_model, api_key="sk-1", headers={"X-Team": "blue"})
    schema = ResponseFormatJSONSchema(
        json_schema=JSONSchema(name="city", schema={"type": "object"})
    )

    await replied(
        chat_model,
        asking(
            tools=[FunctionTool(function=FunctionDefinition(name="get_weather"))],
            tool_choice=NamedToolChoice(type="function", function=FunctionName(name="get_weather")),
            parallel_tool_calls=False,
            response_format=schema,
            temperature=0.2,
            top_p=0.9,
            max_completion_tokens=64,
            reasoning_effort="low",
            idempotency_key="run_1-0",
        ),
    )

    assert sent(scripted_model) == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [{"type": "function", "function": {"name": "get_weather"}}],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "parallel_tool_calls": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": {"type": "object"}},
        },
        "temperature": 0.2,
        "top_p": 0.9,
        "max_tokens": 64,
        "reasoning_effort": "low",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    headers = scripted_model.chat_requests[0].headers
    assert headers["authorization"] == "Bearer sk-1"
    assert headers["idempotency-key"] == "run_1-0"
    assert headers["x-team"] == "blue"


async def test_what_is_left_to_the_model_is_not_sent(scripted_model, chat_model):
    await replied(chat_model, asking(response_format="auto", parallel_tool_calls=False))

    assert sent(scripted_model).keys() == {"model", "messages", "stream", "stream_options"}


# Servers that differ ---------------------------------------------------------------------------


async def test_a_server_that_wants_the_other_token_limit_gets_it_from_then_on(
    scripted_model, chat_model
):
    complaint = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    scripted_model.fail(400, complaint)

    for _ in range(2):
        assert text_of(await replied(chat_model, asking(max_completion_tokens=9))) == DEFAULT_TEXT

    limits = [
        {name: body[name] for name in ("max_tokens", "max_completion_tokens") if name in body}
        for body in (request.body for request in scripted_model.chat_requests)
    ]
    assert limits == [{"max_tokens": 9}, {"max_completion_tokens": 9}, {"max_completion_tokens": 9}]


async def test_a_server_that_knows_no_stream_options_is_asked_without(scripted_model, chat_model):
    scripted_model.fail(422, "[{'loc': ['body', 'stream_options'], 'msg': 'extra fields'}]")

    chunks = await replied(chat_model)

    assert text_of(chunks) == DEFAULT_TEXT
    assert "stream_options" not in sent(scripted_model)


async def test_a_server_that_goes_on_complaining_is_not_asked_for_ever(scripted_model, chat_model):
    for _ in range(5):
        scripted_model.fail(400, "No stream_options, no max_completion_tokens.")

    with pytest.raises(ChatModelRequestError):
        await replied(chat_model)
    assert len(scripted_model.chat_requests) == 3


async def test_tokens_are_estimated_where_the_server_does_not_count(scripted_model, chat_model):
    scripted_model.reply("x" * 41, usage=None)

    usage = [chunk.usage for chunk in await replied(chat_model) if chunk.usage]

    assert len(usage) == 1
    assert usage[0].completion_tokens == 11
    assert usage[0].prompt_tokens > 20


async def test_a_server_that_does_not_stream_is_understood(scripted_model, chat_model):
    message = {"role": "assistant", "content": "All at once.", "tool_calls": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 4, "completion_tokens": 2}})
    scripted_model.garbage(body.encode(), content_type="application/json; charset=utf-8")

    chunks = await replied(chat_model)

    assert text_of(chunks) == "All at once."
    assert chunks[0].usage == Usage(prompt_tokens=4, completion_tokens=2, total_tokens=6)


@pytest.mark.parametrize(
    "ending",
    [
        b'data: {"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}\n\n',
        b"data: [DONE]\n\n",
        b"data: [DONE]",
    ],
)
async def test_either_sign_of_the_end_is_enough(scripted_model, chat_model, ending):
    scripted_model.garbage(b': ping\n\ndata: {"choices":[{"delta":{"content":"Hi"}}]}\n\n' + ending)

    assert text_of(await replied(chat_model)) == "Hi"


async def test_a_server_that_does_not_hang_up_is_not_waited_for(scripted_model, chat_model):
    scripted_model.reply("Hi", b"data: [DONE]\n\n", SILENCE)

    async with asyncio.timeout(5):
        assert text_of(await replied(chat_model)) == "Hi"


async def test_a_call_without_arguments_gets_an_empty_object(scripted_model, chat_model):
    scripted_model.call_functions(("get_time", ""))

    chunks = await replied(chat_model, asking(tools=[WEATHER]))

    assert calls_of(chunks) == [("get_time", "{}")]


async def test_a_connection_serves_one_reply_after_the_other(scripted_model, chat_model):
    ports = set()
    scripted_model.answer(lambda _: None)
    for _ in range(3):
        await replied(chat_model)
        ports.add(scripted_model.chat_requests[-1].client_port)

    assert len(ports) == 1


# What goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, ChatModelRequestError, "refuses the request (400): It failed."),
        (404, ChatModelRequestError, "refuses the request (404): It failed."),
        (413, ChatModelRequestError, "refuses the request (413): It failed."),
        (422, ChatModelRequestError, "refuses the request (422): It failed."),
        (401, ChatModelUnavailableError, "does not accept the API key (401): It failed."),
        (403, ChatModelUnavailableError, "does not accept the API key (403): It failed."),
        (402, ChatModelRateLimitError, "takes no more requests for now (402): It failed."),
        (308, ChatModelUnavailableError, "has moved, correct its URL (308): It failed."),
    ],
)
async def test_an_answer_that_would_not_change_is_told_at_once(
    scripted_model, chat_model, status, error, words
):
    scripted_model.fail(status)

    with pytest.raises(error) as raised:
        await replied(chat_model)

    assert str(raised.value) == f"The upstream 'scripted' {words}"
    assert len(scripted_model.chat_requests) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
async def test_a_passing_failure_is_tried_again(scripted_model, chat_model, waits, status):
    scripted_model.fail(status)
    scripted_model.fail(status)

    assert text_of(await replied(chat_model)) == DEFAULT_TEXT
    assert len(waits) == 2
    assert 0 < waits[0] <= 0.5 < waits[1] <= 1


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (429, ChatModelRateLimitError, "takes no more requests for now (429): Slow down."),
        (500, ChatModelUnavailableError, "failed (500): Slow down."),
    ],
)
async def test_a_failure_that_lasts_is_told(scripted_model, chat_model, status, error, words):
    for _ in range(3):
        scripted_model.fail(status, "Slow down.")

    with pytest.raises(error) as raised:
        await replied(chat_model)

    assert str(raised.value) == f"The upstream 'scripted' {words}"
    assert len(scripted_model.chat_requests) == 3


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "7"}, 7), ({"retry-after-ms": "20", "retry-after": "7"}, 0.02)],
)
async def test_the_server_says_how_long_to_wait(
    scripted_model, chat_model, waits, headers, seconds
):
    scripted_model.fail(429, headers=headers)

    assert text_of(await replied(chat_model)) == DEFAULT_TEXT
    assert waits == [seconds]


async def test_a_wait_beyond_the_settings_is_not_waited(scripted_model, connected, waits):
    chat_model = connected(scripted_model, max_retry_wait_seconds=5)
    scripted_model.fail(429, headers={"retry-after": "6"})

    with pytest.raises(ChatModelRateLimitError):
        await replied(chat_model)
    assert waits == []


async def test_an_empty_quota_does_not_fill_by_waiting(scripted_model, chat_model, waits):
    scripted_model.fail(429, "You exceeded your quota.", code="insufficient_quota")

    with pytest.raises(ChatModelRateLimitError, match="You exceeded your quota"):
        await replied(chat_model)
    assert waits == []


async def test_a_lost_connection_is_tried_again_before_the_first_chunk(
    scripted_model, chat_model, waits
):
    scripted_model.reply(DROP)

    assert text_of(await replied(chat_model)) == DEFAULT_TEXT
    assert waits == [0]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (DROP, "broke off its reply"),
        (END, "does not reply as it should: it stopped in the middle of its reply."),
        (b"data: {nonsense\n\n", "does not reply as it should: it sent what is no reply"),
        (
            b'data: {"error":{"message":"Out of memory.","code":500}}\n\n',
            "failed (500): Out of memory.",
        ),
    ],
)
async def test_after_the_first_chunk_nothing_is_tried_again(
    scripted_model, chat_model, fault, words
):
    scripted_model.reply("Half", fault)
    chunks = []

    with pytest.raises(ChatModelUnavailableError) as raised:
        await arrivals(chat_model, chunks)

    assert text_of(chunks) == "Half"
    assert str(raised.value).startswith(f"The upstream 'scripted' {words}")
    assert len(scripted_model.chat_requests) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html><h1>It works!</h1></html>", "text/html"),
        (b"", "text/event-stream"),
        (b"data: 17\n\n", "text/event-stream"),
        (b'data: {"choices":[{"delta":{"content":5}}]}\n\n', "text/event-stream"),
        (
            b'data: {"choices":[{"delta":{"tool_calls":[{"id":"x"}]},"finish_reason":"stop"}]}\n\n',
            "text/event-stream",
        ),
        (b"[]", "application/json"),
        (b"\xff\xfe", "application/json"),
    ],
)
async def test_garbage_is_told_as_such(scripted_model, chat_model, body, content_type):
    scripted_model.garbage(body, content_type=content_type)

    with pytest.raises(ChatModelUnavailableError, match="does not reply as it should"):
        await replied(chat_model)


async def test_silence_ends_with_the_time_limit(scripted_model, connected):
    chat_model = connected(scripted_model, read_timeout_seconds=0.2)
    scripted_model.reply(SILENCE)
    scripted_model.reply("Half", SILENCE)

    with pytest.raises(ChatModelUnavailableError, match="took too long to answer"):
        await replied(chat_model)
    with pytest.raises(ChatModelUnavailableError, match="fell silent in its reply"):
        await replied(chat_model)
    assert len(scripted_model.chat_requests) == 2


async def test_a_server_that_is_not_there_is_told(connected, waits):
    with ScriptedModel() as gone:
        pass
    chat_model = connected(gone)

    with pytest.raises(ChatModelUnavailableError, match="'scripted' cannot be reached: POST http"):
        await replied(chat_model)
    assert len(waits) == 2


async def test_no_error_repeats_a_secret(scripted_model, connected):
    chat_model = connected(scripted_model, api_key="sk-secret", headers={"api-key": "azure-secret"})
    scripted_model.fail(401, "Wrong key: sk-secret or azure-secret.")

    with pytest.raises(ChatModelError) as raised:
        await replied(chat_model)
    assert str(raised.value).endswith("(401): Wrong key: *** or ***.")


async def test_a_page_of_a_proxy_is_not_repeated(scripted_model, chat_model):
    scripted_model.garbage(b"<html>teapot</html>", status=400, content_type="text/html")
    scripted_model.garbage(b"x" * 10_000, status=400, content_type="text/plain")

    with pytest.raises(ChatModelRequestError) as page:
        await replied(chat_model)
    with pytest.raises(ChatModelRequestError) as long:
        await replied(chat_model)
    assert str(page.value) == "The upstream 'scripted' refuses the request (400)."
    assert len(str(long.value)) < 600


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":"model \'x\' not found"}', "model 'x' not found"),
        (
            b'{"detail":[{"loc":["body","n"],"msg":"bad"}]}',
            "[{'loc': ['body', 'n'], 'msg': 'bad'}]",
        ),
        (b'{"object":"error","message":"Too many tokens.","code":400}', "Too many tokens."),
        (b"plain words", "plain words"),
        (b"[1]", "[1]"),
    ],
)
async def test_errors_are_read_in_every_form(scripted_model, chat_model, body, words):
    scripted_model.garbage(body, status=400)

    with pytest.raises(ChatModelRequestError) as raised:
        await replied(chat_model)
    assert str(raised.value) == f"The upstream 'scripted' refuses the request (400): {words}"


async def arrivals(chat_model, chunks):
    async for arrived in chat_model.stream(asking()):
        chunks += arrived


async def test_who_stops_listening_ends_the_request(scripted_model, chat_model):
    scripted_model.reply("first", SILENCE)

    async with aclosing(chat_model.stream(asking())) as reply:
        await anext(reply)

    assert await asyncio.to_thread(scripted_model.chat_requests[0].left.wait, 5)


async def test_who_is_cancelled_ends_the_request(scripted_model, chat_model):
    gate = Gate()
    scripted_model.reply(gate, "first", SILENCE)
    task = asyncio.create_task(replied(chat_model))
    await gate.reached()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open()  # the network hangs up on an answer as soon as it begins
    assert await asyncio.to_thread(scripted_model.chat_requests[0].left.wait, 5)


# What it knows of its models -------------------------------------------------------------------


async def test_models_are_those_that_the_server_lists(scripted_model, chat_model):
    scripted_model.models[:] = ["llama3.2", "qwen2.5"]

    listed = await chat_model.models()

    assert [(model.id, model.owned_by) for model in listed] == [
        ("llama3.2", "scripted"),
        ("qwen2.5", "scripted"),
    ]


async def test_the_length_of_requests_is_learned_from_the_list(scripted_model, chat_model):
    scripted_model.model_fields["scripted-model"] = {"max_model_len": 8192}

    assert await chat_model.context_tokens("scripted-model") is None
    await chat_model.models()
    assert await chat_model.context_tokens("scripted-model") == 8192
    assert await chat_model.context_tokens("other") is None


async def test_the_settings_know_the_length_of_requests_better(scripted_model, connected):
    chat_model = connected(scripted_model, context_tokens=2048)
    assert await chat_model.context_tokens("any") == 2048


async def test_a_list_that_cannot_be_had_is_told(connected):
    with ScriptedModel() as gone:
        pass
    with pytest.raises(ChatModelUnavailableError):
        await connected(gone).models()


@pytest.mark.parametrize(
    ("listing", "error", "words"),
    [
        ((401, b'{"error":"No."}'), ChatModelUnavailableError, "does not accept the API key"),
        ((404, b""), ChatModelRequestError, "refuses the request (404)."),
        ((200, b"{"), ChatModelUnavailableError, "what it lists are no models"),
    ],
)
async def test_a_list_that_is_none_is_told(scripted_model, chat_model, listing, error, words):
    scripted_model.listing = listing
    with pytest.raises(error) as raised:
        await chat_model.models()
    assert words in str(raised.value)


async def test_scripted_ids_are_passed_on(scripted_model, chat_model):
    scripted_model.call_functions(call("f", "{}", id="call_7"))

    parts = [part for chunk in await replied(chat_model) for part in chunk.tool_calls]

    assert [part.id for part in parts] == ["call_7", None, None]
