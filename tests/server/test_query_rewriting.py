"""Searching a vector store with `rewrite_query`: by what a chat model makes of the query."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Http
from tests.support.scripted_model import SILENCE, ScriptedModel
from tests.support.searching import new_store_of
from threadkeep.retrieval import rewriting

WORDY = "Hello! My niece would like to know who it is that lives in packs, if you please."
WOLVES = "Wolves live in packs and howl at night."
BEES = "Bees live in hives and make honey."


@pytest.fixture
def facts(http: Http) -> str:
    return new_store_of(http, wolves_txt=WOLVES, bees_txt=BEES)


def search(http: Http, store: str, *queries: str, rewrite: bool = True) -> dict[str, Any]:
    query = queries[0] if len(queries) == 1 else [*queries]
    body = {"query": query, "rewrite_query": rewrite}
    return http.ok("POST", f"/vector_stores/{store}/search", body)


def best(page: dict[str, Any]) -> str:
    return page["data"][0]["filename"]


def test_the_query_is_searched_for_as_the_model_puts_it(
    http: Http, scripted_model: ScriptedModel, facts: str
):
    scripted_model.reply('"honey', ' hives"\n')

    page = search(http, facts, WORDY)

    assert page["search_query"] == ["honey hives"]
    assert best(page) == "bees.txt"
    [request] = scripted_model.chat_requests
    assert request.body["model"] == "scripted-model"
    assert (request.body["temperature"], request.body["max_tokens"]) == (0, 100)
    assert request.body["messages"][-1] == {"role": "user", "content": WORDY}
    assert "tools" not in request.body


def test_several_queries_are_rewritten_one_by_one_and_keep_their_order(
    http: Http, scripted_model: ScriptedModel, facts: str
):
    scripted_model.answer(
        lambda body: scripted_model.reply(body["messages"][-1]["content"].upper())
    )

    page = search(http, facts, "wolves howl", "honey")

    assert page["search_query"] == ["WOLVES HOWL", "HONEY"]
    assert {result["filename"] for result in page["data"]} == {"wolves.txt", "bees.txt"}


def test_nobody_is_asked_where_nobody_asked_for_it(
    http: Http, scripted_model: ScriptedModel, facts: str
):
    assert search(http, facts, WORDY, rewrite=False)["search_query"] == [WORDY]
    assert scripted_model.chat_requests == []


@pytest.mark.parametrize("reply", ["", '""', " \n"], ids=["nothing", "quotes", "blanks"])
def test_an_empty_query_is_none(
    http: Http, scripted_model: ScriptedModel, facts: str, caplog, reply: str
):
    scripted_model.reply(reply)

    assert search(http, facts, WORDY)["search_query"] == [WORDY]
    assert "not rewritten: the model 'scripted-model' wrote none" in caplog.text


def test_a_reply_without_an_end_is_no_query(http: Http, scripted_model: ScriptedModel, facts: str):
    scripted_model.reply("Let me think about wolves and", finish_reason="length")

    assert search(http, facts, WORDY)["search_query"] == [WORDY]


def test_a_model_that_fails_spoils_no_search_and_is_looked_for_anew(
    http: Http, scripted_model: ScriptedModel, facts: str, caplog: pytest.LogCaptureFixture
):
    scripted_model.fail(500, "Out of order.")
    page = search(http, facts, WORDY)
    scripted_model.models = ["another"]
    scripted_model.reply("packs")
    again = search(http, facts, WORDY)

    assert page["search_query"] == [WORDY]
    assert best(page) == "wolves.txt"
    assert "Out of order." in caplog.text
    assert again["search_query"] == ["packs"]
    assert scripted_model.chat_requests[-1].body["model"] == "another"


def test_a_model_that_is_silent_holds_up_no_search_for_long(
    http: Http, scripted_model: ScriptedModel, facts: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rewriting, "SECONDS", 0.2)
    scripted_model.reply(SILENCE)

    assert search(http, facts, WORDY)["search_query"] == [WORDY]


@pytest.mark.parametrize(
    ("models", "asked"),
    [(("nomic-embed-text", "chatty"), ["chatty"]), (("nomic-embed-text",), []), ((), [])],
)
def test_the_first_chat_model_that_is_listed_is_asked(
    http: Http, scripted_model: ScriptedModel, facts: str, models: tuple[str, ...], asked: list[str]
):
    scripted_model.models = [*models]

    search(http, facts, WORDY)

    assert [request.body["model"] for request in scripted_model.chat_requests] == asked


def test_the_settings_may_name_the_model(start_server, scripted_model: ScriptedModel):
    http = start_server(rewrite_model="small-and-quick").http
    store = new_store_of(http, bees_txt=BEES)
    scripted_model.reply("honey")

    assert search(http, store, WORDY)["search_query"] == ["honey"]
    assert scripted_model.chat_requests[0].body["model"] == "small-and-quick"
