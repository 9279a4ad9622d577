"""What becomes of runs when the server process dies or is stopped in the middle of them."""

from __future__ import annotations

import pytest

from tests.support.conversation import (
    WEATHER,
    finish,
    new_assistant,
    new_run,
    new_thread,
    path_of,
    reach,
    steps_of,
    texts,
)
from tests.support.scripted_model import Gate, ScriptedModel
from tests.support.server_process import ServerProcess, StartProcess


@pytest.fixture
def gate(scripted_model: ScriptedModel) -> Gate:
    """The first reply stands still in the middle and never goes on."""
    gate = Gate()
    scripted_model.reply("Once upon", gate)
    return gate


@pytest.mark.parametrize("end", [ServerProcess.kill, ServerProcess.stop])
def test_a_run_that_was_in_progress_is_completed_by_the_next_server(
    start_process: StartProcess, scripted_model: ScriptedModel, gate: Gate, end
):
    first = start_process()
    assistant, thread = new_assistant(first.http), new_thread(first.http, "Tell me a story")
    with first.http.stream(
        f"/threads/{thread}/runs", {"assistant_id": assistant, "stream": True}
    ) as stream:
        run = stream.until("thread.message.delta")[0].data
        end(first)

    scripted_model.reply("There was a king.")
    http = start_process().http
    done = finish(http, run)
    assert (done["status"], done["created_at"], done["usage"]["total_tokens"]) == (
        "completed",
        run["created_at"],
        15,
    )
    assert texts(http, thread) == ["Tell me a story", "There was a king."]
    [step] = steps_of(http, run)
    assert step["status"] == "completed"
    assert http.post(f"/threads/{thread}/messages", {"role": "user", "content": "x"}).status == 200


def test_a_run_that_waits_for_outputs_goes_on_waiting(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"))
    first = start_process()
    assistant = new_assistant(first.http, tools=[WEATHER])
    thread = new_thread(first.http, "How is the weather?")
    run = reach(first.http, new_run(first.http, thread, assistant), "requires_action")
    first.kill()

    http = start_process().http
    assert http.ok("GET", path_of(run)) == run
    [call] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "rain"}]}
    events = http.events(f"{path_of(run)}/submit_tool_outputs", outputs)
    assert events[-2].name == "thread.run.completed"
    assert events[-2].data["usage"]["total_tokens"] == 30


def test_a_run_that_was_being_cancelled_is_cancelled(start_process: StartProcess, gate: Gate):
    first = start_process()
    assistant, thread = new_assistant(first.http), new_thread(first.http, "Hello")
    run = new_run(first.http, thread, assistant)
    gate.wait_reached()
    first.http.ok("POST", f"{path_of(run)}/cancel")
    first.kill()
    assert finish(start_process().http, run)["status"] == "cancelled"


def test_what_was_acknowledged_is_there_after_a_crash(start_process: StartProcess):
    first = start_process()
    thread = new_thread(first.http)
    said = [f"message {number}" for number in range(30)]
    for text in said:
        first.http.ok("POST", f"/threads/{thread}/messages", {"role": "user", "content": text})
    first.kill()
    assert texts(start_process().http, thread) == said


def test_stopping_a_server_without_runs_is_quick_and_clean(start_process: StartProcess):
    process = start_process()
    assert process.http.get("/assistants").status == 200
    assert process.stop() == 0
    assert "Traceback" not in "".join(process.output)
