"""What Azure does in its own way, and is served where it is asked for in that way; nothing else changes by it."""

from __future__ import annotations

import pytest

from tests.support.conversation import new_thread
from tests.support.http import Answer, Http
from tests.support.uploads import FORM, field, form

UNNAMED = (
    b'Content-Disposition: form-data; name="file"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\nHello"
)


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


def send(http: Http, query: str, *parts: bytes) -> Answer:
    body = form([*parts, UNNAMED])
    return http.send("POST", f"/files{query}", body, Content_Type=FORM)


def test_a_file_is_named_in_a_field_beside_it(http: Http):
    purpose, filename = field("purpose", "assistants"), field("filename", "notes.md")
    answer = send(http, "?api-version=v1", purpose, filename)
    assert (answer.status, answer.json["filename"]) == (200, "notes.md")
    assert http.ok("GET", f"/files/{answer.json['id']}")["bytes"] == 5


@pytest.mark.parametrize("query", ["", "?api-version=2024-05-01-preview"])
def test_elsewhere_the_name_stands_at_the_file(http: Http, query: str):
    answer = send(http, query, field("purpose", "assistants"), field("filename", "notes.md"))
    assert answer.status == 400
    assert answer.error["code"] == "invalid_type"


def test_a_file_without_any_name_is_none(http: Http):
    answer = send(http, "?api-version=v1", field("purpose", "assistants"))
    assert answer.error["message"] == (
        "Invalid type for 'file': expected a file, but got a string instead."
    )


@pytest.mark.parametrize("query", ["", "?api-version=v1", "?api-version=2024-05-01-preview"])
def test_threads_are_listed_newest_first(http: Http, query: str):
    made = [new_thread(http) for _ in range(3)]
    listed = http.ok("GET", f"/threads{query}")
    assert [thread["id"] for thread in listed["data"]][:3] == made[::-1]


def test_every_address_serves_every_version(http: Http):
    thread = new_thread(http, "Hi")
    for base in ("/v1", "/openai/v1", "/openai"):
        there = Http(http.base_url.replace("/v1", base), http.key)
        for query in ("", "?api-version=v1", "?api-version=2024-05-01-preview"):
            assert there.ok("GET", f"/threads/{thread}{query}")["id"] == thread
