"""Every error of the API, over HTTP: status, message, type, param and code."""

from __future__ import annotations

import pytest

from tests.support.conversation import path_of
from tests.support.error_catalogue import ROWS, Row
from tests.support.http import Http
from tests.support.running_server import StartServer
from tests.support.scene import Scene
from tests.support.scripted_model import ScriptedModel
from threadkeep.settings import EngineSettings


@pytest.fixture
def scene(start_server: StartServer, scripted_model: ScriptedModel, monkeypatch) -> Scene:
    engine = EngineSettings(concurrency=1, drain_seconds=0.2)
    server = start_server(engine, keys={"sk-test": "default"}, pattern="scripted-*")
    return Scene(server, scripted_model, monkeypatch)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_error_is_told_letter_for_letter(scene: Scene, row: Row):
    answer = row.ask(scene)
    assert (answer.status, answer.error) == (
        row.status,
        {
            "message": row.message_on(scene),
            "type": row.type,
            "param": row.param,
            "code": row.code,
        },
    )
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("req_")


def test_a_failure_of_the_server_is_told_by_its_request(scene: Scene, monkeypatch):
    from threadkeep.engine.threads import Threads

    async def fail(*_: object) -> None:
        raise RuntimeError("the disk")

    monkeypatch.setattr(Threads, "create", fail)
    answer = scene.http.post("/threads")
    assert (answer.status, answer.error) == (
        500,
        {
            "message": (
                "The server had an error processing your request. Sorry about that! You can retry your "
                "request, or contact whoever runs this server if you keep seeing this error. (Please "
                f"include the request ID {answer.headers['x-request-id']} in your message.)"
            ),
            "type": "server_error",
            "param": None,
            "code": None,
        },
    )


def test_the_beta_header_can_be_required(start_server: StartServer):
    http = start_server(require_beta_header=True).http
    for path in ("/assistants", "/threads", "/threads/thread_X/messages"):
        answer = http.get(path)
        assert (answer.status, answer.error) == (
            400,
            {
                "message": (
                    "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
                    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
                ),
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_beta",
            },
        )
    assert http.send("GET", "/assistants", OpenAI_Beta="assistants=v2").status == 200
    for path in ("/files", "/vector_stores", "/models"):
        assert http.get(path).status == 200


@pytest.mark.parametrize(
    "state",
    ["waiting", "cancelling", "completed", "failed", "incomplete", "cancelled", "expired"],
)
def test_the_metadata_of_a_run_that_is_not_under_way_can_be_changed(scene: Scene, state: str):
    path = path_of(getattr(scene, state))
    assert scene.http.ok("POST", path, {"metadata": {"a": "1"}})["metadata"] == {"a": "1"}
    assert scene.http.ok("GET", path)["metadata"] == {"a": "1"}
    assert scene.http.ok("POST", path, {"metadata": None})["metadata"] == {}


def test_it_is_the_model_of_the_run_that_some_route_has_to_take(
    scene: Scene, start_server: StartServer
):
    """The routes may be other ones than those that the assistant was made under."""
    body, path = {"assistant_id": scene.assistant}, f"/threads/{scene.thread}/runs"
    scene.server.stop()
    http = start_server(pattern="other-*").http
    assert http.post(path, body).error["code"] == "unsupported_model"
    assert http.ok("POST", path, {**body, "model": "other-model"})["status"] == "queued"


def test_a_key_is_never_told_in_full(scene: Scene):
    for key in ("sk-0123456789abcd", "short", "x" * 500):
        answer = Http(scene.server.base_url, key).get("/assistants")
        assert answer.status == 401
        assert key not in answer.error["message"]
