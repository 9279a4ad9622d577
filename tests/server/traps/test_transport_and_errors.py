"""The traps that lie in requests, refusals and the thread lock, before a run does anything."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
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
)
from tests.support.http import Answer, Http
from tests.support.running_server import RunningServer, StartServer
from tests.support.scripted_model import Gate, ScriptedModel
from tests.support.searching import INCLUDED
from tests.support.server_process import StartProcess
from threadkeep.settings import EngineSettings

MESSAGE = {"role": "user", "content": "And now?"}


@pytest.fixture
def gate(scripted_model: ScriptedModel) -> Gate:
    """The next reply stands still in the middle until this is opened."""
    gate = Gate()
    scripted_model.reply("Hi", gate, " there")
    return gate


def waiting_run(http: Http, model: ScriptedModel, *arguments: str) -> dict[str, Any]:
    """A run that waits for the outputs of one call for each of `arguments`."""
    model.call_functions(*(("get_weather", one) for one in arguments or ("{}",)))
    thread, assistant = new_thread(http, "Hello"), new_assistant(http, tools=[WEATHER])
    return reach(http, new_run(http, thread, assistant), "requires_action")


def call_ids(run: dict[str, Any]) -> list[str]:
    return [call["id"] for call in run["required_action"]["submit_tool_outputs"]["tool_calls"]]


def submit(http: Http, run: dict[str, Any], **outputs: Any) -> Answer:
    """Give these outputs, by the ids of their calls."""
    given = [{"tool_call_id": id_, "output": output} for id_, output in outputs.items()]
    return http.post(f"{path_of(run)}/submit_tool_outputs", {"tool_outputs": given})


def test_trap_01_the_beta_header_may_be_left_out(shared_http: Http):
    assert "OpenAI-Beta" not in shared_http.headers
    thread, assistant = new_thread(shared_http, "Hello"), new_assistant(shared_http)
    run = finish(shared_http, new_run(shared_http, thread, assistant))
    assert run["status"] == "completed"
    assert shared_http.get("/vector_stores").status == 200


def test_trap_02_what_is_not_valid_is_a_400_in_the_envelope(shared_http: Http):
    refused = shared_http.post("/assistants", {"name": "Nobody"})
    assert refused.status == 400
    assert refused.json == {
        "error": {
            "message": "Missing required parameter: 'model'.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "missing_required_parameter",
        }
    }


def test_trap_03_the_lock_is_a_400_and_never_a_409(http: Http, gate: Gate):
    thread, assistant = new_thread(http, "Hello"), new_assistant(http)
    run = new_run(http, thread, assistant)
    gate.wait_reached()
    refused = [
        http.post(f"/threads/{thread}/messages", MESSAGE),
        http.post(f"/threads/{thread}/runs", {"assistant_id": assistant}),
        http.post(f"/threads/{thread}/runs", {"assistant_id": assistant, "stream": True}),
        http.delete(path_of(run)),
    ]
    assert [answer.status for answer in refused] == [400] * 4
    gate.open()
    finish(http, run)


def test_trap_04_a_run_that_waits_for_outputs_holds_the_lock(
    http: Http, scripted_model: ScriptedModel
):
    run = waiting_run(http, scripted_model)
    messages = f"/threads/{run['thread_id']}/messages"
    assert http.post(messages, MESSAGE).status == 400
    http.ok("POST", f"{path_of(run)}/cancel")
    reach(http, run, "cancelled")
    assert http.post(messages, MESSAGE).status == 200


def test_trap_05_the_texts_of_the_lock_give_the_run_away(http: Http, scripted_model: ScriptedModel):
    run = waiting_run(http, scripted_model)
    path = f"/threads/{run['thread_id']}"
    said = http.post(f"{path}/messages", MESSAGE).error["message"]
    asked = http.post(f"{path}/runs", {"assistant_id": run["assistant_id"]}).error["message"]
    found = re.fullmatch(r"Can't add messages to (\w+) while a run (run_\w+) is active\.", said)
    assert found is not None
    assert found.groups() == (run["thread_id"], run["id"])
    found = re.fullmatch(r"Thread (thread_\w+) already has an active run (run_\w+)\.", asked)
    assert found is not None
    assert found.groups() == (run["thread_id"], run["id"])


def test_trap_33_outputs_come_all_at_once_and_are_refused_all_at_once(
    http: Http, scripted_model: ScriptedModel
):
    run = waiting_run(http, scripted_model, '{"city":"Oslo"}', '{"city":"Rome"}')
    first, second = call_ids(run)
    refused = submit(http, run, **{second: "sun"})
    assert (refused.status, refused.error["message"]) == (
        400,
        f"Expected tool outputs for call_ids ['{first}', '{second}'], got ['{second}']",
    )
    assert http.ok("GET", path_of(run))["status"] == "requires_action"
    assert submit(http, run, **{first: "rain", second: "sun"}).status == 200


def test_trap_34_outputs_that_are_no_strings_are_refused(http: Http, scripted_model: ScriptedModel):
    run = waiting_run(http, scripted_model)
    refused = submit(http, run, **{call_ids(run)[0]: 7})
    assert (refused.status, refused.error) == (
        400,
        {
            "message": "Invalid type for 'tool_outputs[0].output': expected a string, "
            "but got an integer instead.",
            "type": "invalid_request_error",
            "param": "tool_outputs[0].output",
            "code": "invalid_type",
        },
    )


@pytest.mark.parametrize(("value", "kind"), [(True, "a boolean"), (7, "an integer")])
def test_trap_35_metadata_holds_strings_and_is_replaced_as_a_whole(
    shared_http: Http, value: object, kind: str
):
    path = f"/threads/{shared_http.ok('POST', '/threads', {'metadata': {'a': '1'}})['id']}"
    refused = shared_http.post(path, {"metadata": {"b": value}})
    assert (refused.status, refused.error["param"]) == (400, "metadata.b")
    assert refused.error["message"] == (
        f"Invalid type for 'metadata.b': expected a string, but got {kind} instead."
    )
    assert shared_http.ok("POST", path, {"metadata": {"b": "2"}})["metadata"] == {"b": "2"}
    assert shared_http.ok("POST", path, {})["metadata"] == {"b": "2"}
    assert shared_http.ok("POST", path, {"metadata": None})["metadata"] == {}


def test_trap_36_of_runs_created_at_once_one_passes_the_lock(http: Http, gate: Gate):
    thread, assistant = new_thread(http, "Hello"), new_assistant(http)
    body = {"assistant_id": assistant}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.post(f"/threads/{thread}/runs", body), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7
    assert len(http.ok("GET", f"/threads/{thread}/runs")["data"]) == 1
    gate.open()


@pytest.mark.parametrize("status", ["in_progress", "requires_action"])
def test_trap_37_cancelling_is_answered_at_once_and_always_ends(
    http: Http, scripted_model: ScriptedModel, status: str
):
    gate = Gate()
    if status == "in_progress":
        scripted_model.reply("Hi", gate)
        run = new_run(http, new_thread(http, "Hello"), new_assistant(http))
        gate.wait_reached()
    else:
        run = waiting_run(http, scripted_model)
    answered = http.ok("POST", f"{path_of(run)}/cancel")
    assert (answered["status"], answered["cancelled_at"]) == ("cancelling", None)
    assert finish(http, run)["status"] == "cancelled"


def test_trap_38_a_run_whose_server_crashed_frees_its_thread(
    start_process: StartProcess, scripted_model: ScriptedModel, tmp_path: Path
):
    (tmp_path / "threadkeep.toml").write_text("[engine]\nrun_seconds = 3\n")
    first = start_process()
    scripted_model.reply("Once upon", gate := Gate())
    run = new_run(first.http, new_thread(first.http, "Hello"), new_assistant(first.http))
    gate.wait_reached()
    first.kill()
    scripted_model.reply(Gate())
    http = start_process().http
    assert finish(http, run)["status"] == "expired"
    assert http.post(f"/threads/{run['thread_id']}/messages", MESSAGE).status == 200


@pytest.fixture
def sweepless(start_server: StartServer) -> RunningServer:
    """Runs expire after a second, and no timer looks at them."""
    return start_server(EngineSettings(run_seconds=1, sweep_seconds=3600, drain_seconds=0.2))


def test_trap_39_an_overdue_run_is_expired_for_whoever_reads_it(
    sweepless: RunningServer, scripted_model: ScriptedModel
):
    http = sweepless.http
    run = waiting_run(http, scripted_model)
    _sleep_until_after(run["expires_at"])
    refused = submit(http, run, **{call_ids(run)[0]: "rain"})
    assert (refused.status, refused.error["message"]) == (
        400,
        'Runs in status "expired" do not accept tool outputs.',
    )
    read = waiting_run(http, scripted_model)
    _sleep_until_after(read["expires_at"])
    assert http.ok("GET", path_of(read))["status"] == "expired"
    assert http.post(f"/threads/{read['thread_id']}/messages", MESSAGE).status == 200


def _sleep_until_after(moment: int) -> None:
    time.sleep(max(0.0, moment + 1.1 - time.time()))


def test_trap_40_a_forced_call_is_forced_in_the_first_round_only(
    http: Http, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"))
    thread, assistant = new_thread(http, "Hello"), new_assistant(http, tools=[WEATHER])
    made = new_run(http, thread, assistant, tool_choice="required")
    run = reach(http, made, "requires_action")
    submit(http, run, **{call_ids(run)[0]: "rain"})
    assert finish(http, run)["status"] == "completed"
    asked = [request.body.get("tool_choice", "auto") for request in scripted_model.chat_requests]
    assert asked == ["required", "auto"]


def test_trap_41_the_budget_of_tokens_is_that_of_the_run_and_not_of_a_call(
    http: Http, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"), usage=(200, 300))
    scripted_model.reply("It rains", finish_reason="length", usage=(300, 700))
    thread, assistant = new_thread(http, "Hello"), new_assistant(http, tools=[WEATHER])
    made = new_run(http, thread, assistant, max_completion_tokens=1000)
    run = reach(http, made, "requires_action")
    submit(http, run, **{call_ids(run)[0]: "rain"})
    done = finish(http, run)
    assert [request.body["max_tokens"] for request in scripted_model.chat_requests] == [1000, 700]
    assert done["incomplete_details"] == {"reason": "max_completion_tokens"}
    assert done["usage"]["completion_tokens"] == 1000


@pytest.mark.parametrize(
    ("body", "headers"), [(None, {}), (b"", {}), (b"", {"Content_Type": ""}), ({}, {})]
)
def test_trap_42_threads_are_made_and_runs_cancelled_without_a_body(
    http: Http, scripted_model: ScriptedModel, body: object, headers: dict[str, str]
):
    assert http.post("/threads", body, **headers).status == 200
    run = waiting_run(http, scripted_model)
    assert http.post(f"{path_of(run)}/cancel", body, **headers).status == 200


def test_trap_43_every_spelling_of_include_and_any_other_query_is_taken(shared_http: Http):
    content = INCLUDED.removeprefix("include[]=")
    spellings = [INCLUDED, f"include={content}", f"include%5B%5D={content}"]
    spellings += [f"include[]={content},{content}", f"include[0]={content}&api-version=v1&x=1"]
    thread, assistant = new_thread(shared_http, "Hello"), new_assistant(shared_http)
    for query in spellings:
        path = f"/threads/{thread}/runs?{query}"
        run = finish(shared_http, shared_http.ok("POST", path, {"assistant_id": assistant}))
        assert shared_http.get(f"{path_of(run)}/steps?{query}").status == 200


def test_trap_44_function_tools_get_what_typed_clients_read(shared_http: Http):
    tools = [{"type": "function", "function": {"name": "now"}}, WEATHER]
    made = shared_http.ok("POST", "/assistants", {"model": "scripted-model", "tools": tools})
    now, weather = (tool["function"] for tool in made["tools"])
    assert (now["parameters"], now["strict"]) == ({"type": "object", "properties": {}}, False)
    assert (weather["parameters"], weather["strict"]) == (WEATHER["function"]["parameters"], False)
