"""What becomes of a run whose worker dies is for its caller to say."""

from __future__ import annotations

import pytest

import threadkeep
from tests.support.conversation import finish, new_assistant, new_run, new_thread, path_of, texts
from tests.support.http import Http
from tests.support.scripted_model import DEFAULT_TEXT, Gate, ScriptedModel
from tests.support.server_process import StartProcess


def begun(http: Http, model: ScriptedModel, **fields) -> tuple[dict, Gate]:
    """A run in the middle of its reply."""
    gate = Gate()
    model.reply("Half of it", gate)
    run = new_run(http, new_thread(http, "Hi"), new_assistant(http), **fields)
    gate.wait_reached()
    return run, gate


def test_a_run_that_shall_fail_says_so_after_a_crash(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    first = start_process()
    run, _ = begun(first.http, scripted_model, on_crash="fail")
    first.kill()

    http = start_process().http
    failed = finish(http, run)

    assert failed["status"] == "failed"
    assert failed["last_error"] == {
        "code": "server_error",
        "message": "The worker that executed the run died, and the run was created not to go on after that.",
    }
    again = new_run(http, run["thread_id"], run["assistant_id"])
    assert finish(http, again)["status"] == "completed"


def test_a_run_goes_on_after_a_crash_unless_it_is_told_otherwise(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    first = start_process()
    run, _ = begun(first.http, scripted_model, on_crash=None)
    first.kill()

    http = start_process().http

    assert finish(http, run)["status"] == "completed"
    assert texts(http, run["thread_id"]) == ["Hi", DEFAULT_TEXT]


def test_a_run_that_shall_fail_is_handed_over_when_the_server_is_stopped(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    first = start_process()
    run, _ = begun(first.http, scripted_model, on_crash="fail")
    assert first.stop() == 0

    assert finish(start_process().http, run)["status"] == "completed"


@pytest.mark.parametrize("value", ["resume", "fail", None])
def test_both_ways_of_creating_a_run_take_it_and_show_nothing_of_it(shared_http: Http, value):
    assistant = new_assistant(shared_http)
    message = {"role": "user", "content": "Hi"}
    body = {"assistant_id": assistant, "on_crash": value}

    run = new_run(shared_http, new_thread(shared_http, "Hi"), assistant, on_crash=value)
    with_thread = shared_http.ok(
        "POST", "/threads/runs", {**body, "thread": {"messages": [message]}}
    )

    assert "on_crash" not in run
    assert "on_crash" not in with_thread
    assert finish(shared_http, with_thread)["status"] == "completed"
    assert "on_crash" not in shared_http.ok("GET", path_of(run))


@pytest.mark.parametrize(
    ("value", "message", "code"),
    [
        (
            "retry",
            "Invalid value: 'retry'. Supported values are: 'resume' and 'fail'.",
            "invalid_value",
        ),
        (
            1,
            "Invalid type for 'on_crash': expected one of 'resume' or 'fail', but got an integer instead.",
            "invalid_type",
        ),
    ],
)
def test_what_it_does_not_take_is_refused(shared_http: Http, value, message, code):
    thread = new_thread(shared_http, "Hi")
    body = {"assistant_id": new_assistant(shared_http), "on_crash": value}
    for path in ("/threads/runs", f"/threads/{thread}/runs"):
        answer = shared_http.post(path, body)
        assert (answer.status, answer.error["param"]) == (400, "on_crash")
        assert (answer.error["message"], answer.error["code"]) == (message, code)


def test_the_client_passes_it_on(running_server, scripted_model: ScriptedModel):
    with threadkeep.Client(base_url=running_server.base_url, api_key="any") as client:
        assistant = client.assistants.create(model="scripted-model")
        thread = client.threads.create(messages=[{"role": "user", "content": "Hi"}])
        with pytest.raises(threadkeep.BadRequestError, match="'resume' and 'fail'"):
            client.threads.runs.create(thread.id, assistant_id=assistant.id, on_crash="retry")
        run = client.threads.runs.create_and_poll(
            thread.id, assistant_id=assistant.id, on_crash="fail"
        )
        assert run.status == "completed"
