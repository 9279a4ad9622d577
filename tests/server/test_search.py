"""Searching a vector store, with filters and thresholds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Http
from tests.support.searching import new_store_of


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


@pytest.fixture
def facts(http: Http) -> str:
    return new_store_of(
        http,
        wolves_txt="Wolves live in packs and howl at night.",
        bees_txt="Bees live in hives and make honey.",
    )


def search(http: Http, store: str, **body: Any) -> dict[str, Any]:
    return http.ok("POST", f"/vector_stores/{store}/search", body)


def test_a_search_gives_the_best_first(http: Http, facts: str):
    page = search(http, facts, query="who makes honey in hives")
    assert {**page, "data": []} == {
        "object": "vector_store.search_results.page",
        "search_query": ["who makes honey in hives"],
        "data": [],
        "has_more": False,
        "next_page": None,
    }
    best = page["data"][0]
    assert list(best) == ["file_id", "filename", "score", "attributes", "content"]
    assert (best["filename"], best["attributes"]) == ("bees.txt", {})
    assert best["content"] == [{"type": "text", "text": "Bees live in hives and make honey."}]
    scores = [result["score"] for result in page["data"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_search_may_ask_several_things_and_limit_what_comes(http: Http, facts: str):
    both = search(http, facts, query=["wolves howl", "honey"])
    assert {result["filename"] for result in both["data"]} == {"wolves.txt", "bees.txt"}
    assert both["search_query"] == ["wolves howl", "honey"]
    assert len(search(http, facts, query="live", max_num_results=1)["data"]) == 1
    strict = {"ranker": "auto", "score_threshold": 1}
    assert search(http, facts, query="live in towns", ranking_options=strict)["data"] == []
    near = {"ranker": "none", "score_threshold": 0.5}
    assert search(http, facts, query="zebra", ranking_options=near)["data"] == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"type": "eq", "key": "lang", "value": "en"}, {"wolves.txt"}),
        ({"type": "ne", "key": "lang", "value": "en"}, {"bees.txt"}),
        ({"type": "gte", "key": "year", "value": 2020}, {"bees.txt"}),
        ({"type": "in", "key": "year", "value": [2010, 2020]}, {"wolves.txt", "bees.txt"}),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "eq", "key": "lang", "value": "en"},
                    {"type": "gt", "key": "year", "value": 2015},
                ],
            },
            set(),
        ),
    ],
)
def test_a_search_looks_only_where_the_filters_let_it(http: Http, facts: str, filters, found):
    attributes = {
        "wolves.txt": {"lang": "en", "year": 2010},
        "bees.txt": {"lang": "de", "year": 2020},
    }
    for file in http.ok("GET", "/files")["data"]:
        path = f"/vector_stores/{facts}/files/{file['id']}"
        http.ok("POST", path, {"attributes": attributes[file["filename"]]})
    results = search(http, facts, query="live", filters=filters)["data"]
    assert {result["filename"] for result in results} == found
