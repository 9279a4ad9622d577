from __future__ import annotations

import base64

import pytest

from tests.support.http import Http
from tests.support.running_server import StartServer

KEY = "sk-alpha-0123456789"


@pytest.fixture
def locked(start_server: StartServer) -> Http:
    """A server that knows one key; the calls carry none."""
    return Http(start_server(keys={KEY: "alpha"}).base_url, key=None)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": f"Bearer {KEY}"}, {"Authorization": basic("", KEY)}, {"api_key": KEY}],
)
def test_a_known_key_opens_the_door_in_each_form(locked: Http, headers):
    assert locked.send("GET", "/assistants", **headers).status == 200


def test_without_a_key_the_caller_learns_how_to_send_one(locked: Http):
    answer = locked.get("/assistants")
    assert answer.status == 401
    assert answer.error["type"] == "invalid_request_error"
    assert (answer.error["param"], answer.error["code"]) == (None, None)
    assert answer.error["message"].startswith(
        "You didn't provide an API key. You need to provide your API key in an Authorization header "
        "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field"
    )
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_an_unknown_key_is_shown_only_in_part(locked: Http):
    answer = Http(locked.base_url, key="sk-wrong-9876543210").get("/assistants")
    assert answer.status == 401
    assert answer.error["code"] == "invalid_api_key"
    assert answer.error["message"].startswith("Incorrect API key provided: sk-...3210. ")
    assert b"wrong" not in answer.body


def test_nothing_happens_without_a_key(locked: Http):
    assert locked.post("/threads").status == 401
    assert locked.post("/threads/runs", {"assistant_id": "asst_1", "stream": True}).status == 401


def test_a_server_without_keys_lets_any_key_in_but_not_none(http: Http):
    assert http.get("/assistants").status == 200
    assert Http(http.base_url, key="anything").get("/assistants").status == 200
    assert Http(http.base_url, key=None).get("/assistants").status == 401


def test_the_beta_header_and_the_organization_do_not_matter(http: Http):
    for headers in (
        {},
        {"OpenAI_Beta": "assistants=v2"},
        {"OpenAI_Organization": "org-1", "OpenAI_Project": "proj_1"},
    ):
        assert http.send("GET", "/assistants", **headers).status == 200
