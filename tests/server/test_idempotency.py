"""Requests with an `Idempotency-Key`: done once, and answered alike for a day."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.conversation import (
    WEATHER,
    finish,
    new_assistant,
    new_run,
    new_thread,
    path_of,
    reach,
    texts,
)
from tests.support.http import Answer, Event, Http
from tests.support.running_server import RunningServer, StartServer
from tests.support.scripted_model import Gate, ScriptedModel
from tests.support.server_process import StartProcess
from tests.support.uploads import field, file, form, send_form

KEY = "key-1"
REPLAYED = "idempotent-replayed"


def post(http: Http, path: str, body: Any = None, key: str = KEY) -> Answer:
    return http.post(path, body, Idempotency_Key=key)


def same(first: Answer, again: Answer) -> bool:
    """Whether the second is the first, told again."""
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    return (again.status, again.body, again.headers["content-type"]) == (
        *(first.status, first.body, first.headers["content-type"]),
    )


def test_a_request_that_comes_again_is_not_done_again(shared_http: Http):
    http, thread = shared_http, new_thread(shared_http)
    message = {"role": "user", "content": "Hi"}
    first = post(http, f"/threads/{thread}/messages", message)
    again = post(http, f"/threads/{thread}/messages", message)
    assert first.status == 200
    assert same(first, again)
    assert texts(http, thread) == ["Hi"]


def test_every_kind_of_post_is_done_once(shared_http: Http):
    http = shared_http
    assistant, thread = new_assistant(http), new_thread(http, "Hi")
    run = finish(http, new_run(http, thread, assistant))
    message = http.ok("GET", f"/threads/{thread}/messages")["data"][0]["id"]
    requests: list[tuple[str, Any]] = [
        ("/assistants", {"model": "m"}),
        (f"/assistants/{assistant}", {"name": "Ann"}),
        ("/threads", None),
        (f"/threads/{thread}", {"metadata": {"a": "1"}}),
        (f"/threads/{thread}/messages", {"role": "user", "content": "x"}),
        (f"/threads/{thread}/messages/{message}", {"metadata": {}}),
        ("/threads/runs", {"assistant_id": assistant, "instructions": "Be kind."}),
        (f"/threads/{thread}/runs", {"assistant_id": assistant}),
        (path_of(run), {"metadata": {"b": "2"}}),
        (f"{path_of(run)}/cancel", None),
        (f"{path_of(run)}/submit_tool_outputs", {"tool_outputs": []}),
        ("/vector_stores", {"name": "facts"}),
    ]
    for number, (path, body) in enumerate(requests):
        first, again = (post(http, path, body, f"key-{number}") for _ in range(2))
        assert same(first, again), path


def test_another_body_or_path_is_refused(shared_http: Http):
    post(shared_http, "/threads", {"metadata": {"a": "1"}})
    for path, body in [
        ("/threads", {"metadata": {"a": "2"}}),
        ("/threads", None),
        ("/threads?x=1", {"metadata": {"a": "1"}}),
        ("/assistants", {"metadata": {"a": "1"}}),
    ]:
        answer = post(shared_http, path, body)
        assert (answer.status, answer.error) == (
            400,
            {
                "message": (
                    "The Idempotency-Key 'key-1' was used before for a request with another path or body. "
                    "Use a new key for each request."
                ),
                "type": "invalid_request_error",
                "param": None,
                "code": "idempotency_key_reused",
            },
        )


def test_a_refusal_is_told_again_too(shared_http: Http):
    first = post(shared_http, "/assistants", {"name": "x"})
    again = post(shared_http, "/assistants", {"name": "x"})
    assert (first.status, same(first, again)) == (400, True)
    missing = "/threads/thread_none/messages"
    first = post(shared_http, missing, {"role": "user", "content": "x"}, "key-2")
    assert same(first, post(shared_http, missing, {"role": "user", "content": "x"}, "key-2"))


def test_a_failure_of_the_server_is_not_kept(shared_http: Http, monkeypatch):
    from threadkeep.engine.threads import Threads

    async def fail(*_: object) -> None:
        raise RuntimeError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(Threads, "create", fail)
        assert post(shared_http, "/threads").status == 500
    assert post(shared_http, "/threads").status == 200


def test_each_project_has_its_own_keys(shared_server: RunningServer):
    threads = {
        post(Http(shared_server.base_url, f"sk-{number}"), "/threads", None, "one-of-two").json[
            "id"
        ]
        for number in (901, 902)
    }
    assert len(threads) == 2


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_only_posts_are_counted(shared_http: Http, method: str):
    assistant = new_assistant(shared_http)
    path = f"/assistants/{assistant}"
    headers = {"Idempotency_Key": KEY}
    assert REPLAYED not in shared_http.send(method, path, **headers).headers
    assert REPLAYED not in shared_http.send(method, path, **headers).headers


def test_an_empty_key_is_none_and_a_long_one_is_refused(shared_http: Http):
    threads = {post(shared_http, "/threads", None, "").json["id"] for _ in range(2)}
    assert len(threads) == 2
    assert post(shared_http, "/threads", None, "k" * 255).status == 200
    refused = post(shared_http, "/threads", None, "k" * 256)
    assert (refused.status, refused.error["code"], refused.error["param"]) == (
        *(400, "string_above_max_length", "Idempotency-Key"),
    )


def test_of_many_at_once_one_is_done(shared_http: Http):
    http = shared_http

    def create(_: int) -> Answer:
        return post(http, "/assistants", {"model": "m"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(24)))
    assert len(http.ok("GET", "/assistants")["data"]) == 1
    assert {answer.body for answer in answers if answer.status == 200} == {create(0).body}
    for answer in answers:
        if answer.status != 200:
            assert (answer.status, answer.error["code"]) == (409, "idempotency_key_in_use")


def test_who_comes_while_the_first_is_worked_on_is_to_try_again(
    running_server: RunningServer, scripted_model: ScriptedModel, monkeypatch
):
    from threadkeep.engine.threads import Threads

    monkeypatch.setattr("threadkeep.server.idempotency._WAIT_SECONDS", 0)
    http, create = running_server.http, Threads.create
    refused: list[Answer] = []

    async def slow(*arguments: Any) -> Any:
        if not refused:
            refused.append(await asyncio.to_thread(post, http, "/threads"))
        return await create(*arguments)

    monkeypatch.setattr(Threads, "create", slow)
    first = post(http, "/threads")
    assert (refused[0].status, refused[0].error) == (
        409,
        {
            "message": (
                "The first request with the Idempotency-Key 'key-1' is still being worked on. "
                "Try again in a moment."
            ),
            "type": "invalid_request_error",
            "param": None,
            "code": "idempotency_key_in_use",
        },
    )
    assert same(first, post(http, "/threads"))


def test_who_comes_while_the_first_is_worked_on_waits_a_while_for_its_answer(
    running_server: RunningServer, scripted_model: ScriptedModel, monkeypatch
):
    from threadkeep.engine.threads import Threads
    from threadkeep.storage.sqlite.idempotency_keys import IdempotencyKeys

    monkeypatch.setattr("threadkeep.server.idempotency._HOLD_SECONDS", 0.3)
    http, create, begin = running_server.http, Threads.create, IdempotencyKeys.begin
    states: list[object] = []
    has_waited = asyncio.Event()
    repeated: list[Future[Answer]] = []

    async def seen(*arguments: Any, **options: Any) -> Any:
        states.append(await begin(*arguments, **options))
        if states.count("in_progress") == 4:  # longer than a key is held that nobody renews
            has_waited.set()
        return states[-1]

    with ThreadPoolExecutor(1) as pool:

        async def slow(*arguments: Any) -> Any:
            repeated.append(pool.submit(post, http, "/threads"))
            await has_waited.wait()
            return await create(*arguments)

        monkeypatch.setattr(IdempotencyKeys, "begin", seen)
        monkeypatch.setattr(Threads, "create", slow)
        first = post(http, "/threads")
        (again,) = [future.result() for future in repeated]

    assert states.count("fresh") == 1
    assert same(first, again)


def test_an_upload_is_kept_once_whatever_its_boundary(shared_http: Http):
    http, purpose = shared_http, field("purpose", "assistants")
    first = send_form(http, purpose, file(b"Hello"), Idempotency_Key=KEY)
    again = send_form(http, purpose, file(b"Hello"), boundary="other", Idempotency_Key=KEY)
    assert same(first, again)
    assert [item["id"] for item in http.ok("GET", "/files")["data"]] == [first.json["id"]]
    for other in (file(b"Hallo"), file(b"Hello", "other.txt")):
        refused = send_form(http, purpose, other, Idempotency_Key=KEY)
        assert (refused.status, refused.error["code"]) == (400, "idempotency_key_reused")
    assert len(http.ok("GET", "/files")["data"]) == 1


def test_a_form_that_is_refused_keeps_nothing(running_server: RunningServer, tmp_path):
    http = running_server.http
    body = form([file(b"Hello")])
    sent = {"Idempotency_Key": KEY, "Content_Type": "multipart/form-data; boundary=none"}
    assert http.post("/files", body, **sent).status == 400
    first = send_form(http, file(b"Hello"), Idempotency_Key=KEY)
    assert first.error["param"] == "purpose"
    assert same(first, send_form(http, file(b"Hello"), Idempotency_Key=KEY))
    kept = [path for path in (tmp_path / "threadkeep.db-files").rglob("*") if path.is_file()]
    assert kept == []


# Streams ---------------------------------------------------------------------------------------


def stream(http: Http, path: str, body: dict[str, Any], key: str = KEY) -> list[Event]:
    keyed = Http(http.base_url, http.key, {"Idempotency-Key": key})
    return keyed.events(path, body)


def test_the_events_of_a_stream_are_told_again(http: Http, scripted_model: ScriptedModel):
    assistant = new_assistant(http)
    body = {
        "assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "Hi"}]},
    }
    first, again = (stream(http, "/threads/runs", body) for _ in range(2))
    assert first == again
    assert len(scripted_model.chat_requests) == 1
    assert len(http.ok("GET", "/threads")["data"]) == 1


def test_a_stream_that_was_cut_off_is_told_from_its_beginning(
    http: Http, scripted_model: ScriptedModel
):
    gate = Gate()
    scripted_model.reply("Hi", gate, " there")
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    path, body = f"/threads/{thread}/runs", {"assistant_id": assistant, "stream": True}
    keyed = Http(http.base_url, http.key, {"Idempotency-Key": KEY})
    with keyed.stream(path, body) as cut:
        seen = cut.until("thread.message.delta")
    with keyed.stream(path, body) as again:
        assert again.until("thread.message.delta") == seen
        gate.open()
        assert list(again)[-1].name == "done"
    assert texts(http, thread) == ["Hello", "Hi there"]


def test_outputs_that_are_submitted_twice_are_taken_once(http: Http, scripted_model: ScriptedModel):
    scripted_model.call_functions(("get_weather", "{}"))
    assistant, thread = new_assistant(http, tools=[WEATHER]), new_thread(http, "Hello")
    run = reach(http, new_run(http, thread, assistant), "requires_action")
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    path = f"{path_of(run)}/submit_tool_outputs"
    first, again = (stream(http, path, outputs) for _ in range(2))
    assert first == again
    assert first[0].name == "thread.run.step.completed"
    refused = http.post(path, outputs)
    assert refused.error["message"] == 'Runs in status "completed" do not accept tool outputs.'


def test_a_stream_that_was_refused_stays_refused(http: Http):
    thread = new_thread(http)
    body = {"assistant_id": new_assistant(http), "stream": True}
    first, again = (post(http, f"/threads/{thread}/runs", body) for _ in range(2))
    assert first.error["code"] == "invalid_thread"
    assert same(first, again)


def test_the_run_of_a_stream_may_be_gone(http: Http):
    assistant, thread = new_assistant(http), new_thread(http, "Hello")
    path, body = f"/threads/{thread}/runs", {"assistant_id": assistant}
    run = stream(http, path, body)[0].data
    http.ok("DELETE", path_of(run))
    answer = post(http, path, {**body, "stream": True})
    assert answer.error["message"] == f"No run found with id '{run['id']}'."


# Restarts --------------------------------------------------------------------------------------


def test_answers_and_streams_outlive_a_crash(start_process: StartProcess):
    first = start_process()
    assistant, thread = new_assistant(first.http), new_thread(first.http, "Hello")
    message = {"role": "user", "content": "And more"}
    added = post(first.http, f"/threads/{thread}/messages", message)
    path, body = f"/threads/{thread}/runs", {"assistant_id": assistant}
    told = stream(first.http, path, body, "key-2")
    first.kill()

    http = start_process().http
    assert same(added, post(http, f"/threads/{thread}/messages", message))
    again = stream(http, path, body, "key-2")
    assert [event.name for event in again] == [event.name for event in told]
    assert again[-4:] == told[-4:]
    assert texts(http, thread)[:2] == ["Hello", "And more"]


def test_a_key_is_forgotten_after_a_day(start_server: StartServer, monkeypatch):
    http = start_server().http
    first = post(http, "/threads")
    monkeypatch.setattr("threadkeep.storage.sqlite.idempotency_keys.KEPT_SECONDS", 0)
    assert post(http, "/threads").json["id"] != first.json["id"]
