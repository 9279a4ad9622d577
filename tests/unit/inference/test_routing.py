from __future__ import annotations

import pytest

from tests.support.chat import FILE_SEARCH, WEATHER, asking, calls_of, replied, text_of
from tests.support.scripted_model import DROP, ScriptedModel
from threadkeep.errors import (
    ChatModelRateLimitError,
    ChatModelRequestError,
    ChatModelUnavailableError,
)
from threadkeep.inference.routing import RoutedChatModel, Upstream
from threadkeep.settings import FallbackSettings, RouteSettings


@pytest.fixture
def fallback_model():
    """A second scripted model."""
    with ScriptedModel(models=("backup",)) as model:
        yield model


@pytest.fixture
def routed(scripted_model, fallback_model, connected):
    """Route names to `first` and `second`, which are not asked twice."""
    upstreams = {
        "first": Upstream(connected(scripted_model, "first", max_retries=0)),
        "second": Upstream(connected(fallback_model, "second", max_retries=0)),
    }
    return lambda *routes: RoutedChatModel(upstreams, routes)


def route(pattern, upstream="first", model=None, *fallbacks, **fields):
    return RouteSettings(
        pattern=pattern,
        upstream=upstream,
        model=model,
        fallbacks=[FallbackSettings(upstream=name, model=other) for name, other in fallbacks],
        **fields,
    )


@pytest.mark.parametrize(
    ("asked", "upstream", "model"),
    [
        ("gpt-4o", "first", "llama3.2"),
        ("gpt-4o-mini", "first", "llama3.2"),
        ("gpt-4", "second", "gpt-4"),
        ("o1", "second", "qwen"),
        ("o12", "second", "backup"),
        ("gpt.4o", "second", "backup"),
        ("[gpt]*", "second", "backup"),
    ],
)
async def test_a_request_goes_where_the_first_pattern_that_matches_leads(
    routed, scripted_model, fallback_model, asked, upstream, model
):
    chat_model = routed(
        route("gpt-4o*", "first", "llama3.2"),
        route("gpt-4*", "second"),
        route("o?", "second", "qwen"),
        route("*", "second", "backup"),
    )

    await replied(chat_model, asking(model=asked))

    answering = {"first": scripted_model, "second": fallback_model}[upstream]
    assert [request.body["model"] for request in answering.chat_requests] == [model]


async def test_without_routes_the_error_names_the_ways_to_a_model():
    with pytest.raises(ChatModelUnavailableError) as raised:
        await replied(RoutedChatModel({}, []))

    message = str(raised.value)
    assert message.startswith("There is no chat model for 'gpt-4o'.")
    for way in ("Ollama", "THREADKEEP_UPSTREAM_URL", "threadkeep models pull", "threadkeep doctor"):
        assert way in message


async def test_only_what_no_route_takes_is_refused_beforehand(routed):
    chat_model = routed(route("claude*"), route("gpt-?", "second"))
    assert [chat_model.takes(name) for name in ("claude-5", "gpt-4", "gpt-4o", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert routed(route("claude*"), route("*")).takes("anything at all")


async def test_where_there_is_no_route_yet_every_name_may_be_given(routed):
    assert routed().takes("gpt-4o")


async def test_a_name_that_no_route_takes_is_told(routed):
    with pytest.raises(ChatModelUnavailableError, match="No route leads from the model 'gpt-4o'"):
        await replied(routed(route("claude*")))


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_the_next_is_asked_when_one_fails(routed, scripted_model, fallback_model, status):
    scripted_model.fail(status)
    chat_model = routed(route("*", "first", "big", ("second", "small")))
    fallback_model.reply("From the second.")

    assert text_of(await replied(chat_model)) == "From the second."
    assert scripted_model.chat_requests[0].body["model"] == "big"
    assert fallback_model.chat_requests[0].body["model"] == "small"


async def test_a_fallback_without_a_model_is_asked_for_the_one_before(
    routed, scripted_model, fallback_model
):
    scripted_model.fail(500)

    await replied(routed(route("*", "first", "big", ("second", None))))

    assert fallback_model.chat_requests[0].body["model"] == "big"


async def test_when_all_fail_all_is_told_and_the_first_counts(
    routed, scripted_model, fallback_model
):
    scripted_model.fail(429, "Slow down.")
    fallback_model.fail(500, "Broken.")

    with pytest.raises(ChatModelRateLimitError) as raised:
        await replied(routed(route("*", "first", None, ("second", None))))
    assert str(raised.value) == (
        "The upstream 'first' takes no more requests for now (429): Slow down."
        " The upstream 'second' failed (500): Broken."
    )


async def test_a_wrong_request_is_wrong_everywhere(routed, scripted_model, fallback_model):
    scripted_model.fail(400)

    with pytest.raises(ChatModelRequestError):
        await replied(routed(route("*", "first", None, ("second", None))))
    assert fallback_model.chat_requests == []


async def test_nobody_takes_over_in_the_middle_of_a_reply(routed, scripted_model, fallback_model):
    scripted_model.reply("Half", DROP)

    with pytest.raises(ChatModelUnavailableError, match="broke off"):
        await replied(routed(route("*", "first", None, ("second", None))))
    assert fallback_model.chat_requests == []


async def test_a_route_can_bring_tools_to_a_model_that_has_none(routed, scripted_model):
    scripted_model.reply('{"tool": "get_weather", "arguments": {"city": "Oslo"}}')
    chat_model = routed(route("small*", tool_calls="constrained"), route("*"))

    chunks = await replied(chat_model, asking(model="small-1", tools=[WEATHER]))

    assert calls_of(chunks) == [("get_weather", '{"city":"Oslo"}')]
    assert "tools" not in scripted_model.chat_requests[0].body


async def test_a_route_can_have_files_searched_first_and_an_upstream_not(scripted_model, connected):
    upstream = Upstream(connected(scripted_model), file_search="first")
    routes = [route("wise*", file_search="called"), route("*")]
    chat_model = RoutedChatModel({"first": upstream}, routes)

    called = [
        calls_of(await replied(chat_model, asking("Tea?", model=model, tools=[FILE_SEARCH])))
        for model in ("weak", "wise")
    ]

    assert called == [[("file_search", '{"queries":["Tea?"]}')], []]
    assert len(scripted_model.chat_requests) == 1


async def test_models_are_the_names_of_routes_and_what_upstreams_list(routed):
    listed = await routed(route("my-model"), route("backup", "second"), route("gpt-4o*")).models()

    assert [(model.id, model.owned_by) for model in listed] == [
        ("my-model", "first"),
        ("backup", "second"),
        ("scripted-model", "scripted"),
    ]


async def test_an_upstream_that_is_away_lists_nothing(routed, scripted_model, connected):
    with ScriptedModel() as gone:
        pass
    upstreams = {"gone": Upstream(connected(gone)), "first": Upstream(connected(scripted_model))}

    listed = await RoutedChatModel(upstreams, [route("*")]).models()

    assert [model.id for model in listed] == ["scripted-model"]


async def test_a_request_must_fit_into_every_model_that_may_get_it(
    scripted_model, fallback_model, connected
):
    upstreams = {
        "first": Upstream(connected(scripted_model, context_tokens=8192)),
        "second": Upstream(connected(fallback_model, context_tokens=4096)),
        "third": Upstream(connected(fallback_model)),
    }
    chat_model = RoutedChatModel(
        upstreams,
        [route("both", "first", None, ("third", None), ("second", None)), route("un*", "third")],
    )

    assert await chat_model.context_tokens("both") == 4096
    assert await chat_model.context_tokens("unset") is None
    assert await chat_model.context_tokens("without a route") is None
