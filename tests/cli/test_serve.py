"""`threadkeep serve` as a process: what it says, how it stops, what it leaves behind."""

from __future__ import annotations

import re

from tests.support.conversation import finish, new_assistant, new_run, new_thread, path_of, reach
from tests.support.http import Http
from tests.support.scripted_model import Gate, ScriptedModel
from tests.support.server_process import StartProcess


def test_it_says_what_there_is_and_what_to_do_next(
    start_process: StartProcess, scripted_model: ScriptedModel, tmp_path
):
    process = start_process()
    assert process.stop() == 0
    said = re.sub(r" {2,}", " ", "".join(process.output))
    assert f"Listening {process.base_url}\n" in said
    assert f"Storage SQLite file {tmp_path / 'threadkeep.db'}\n" in said
    assert "scripted-model → upstream: the same name\n" in said
    assert "Keys none set: every key is let in, from this machine alone\n" in said
    assert f"Talk to it threadkeep chat --base-url {process.base_url}\n" in said
    assert f"Your code OPENAI_BASE_URL={process.base_url} OPENAI_API_KEY=any\n" in said


def test_with_a_key_no_other_is_let_in(start_process: StartProcess):
    process = start_process("--api-key", "sk-right")
    assert Http(process.base_url, "sk-wrong").get("/threads").status == 401
    assert Http(process.base_url, "sk-right").get("/threads").status == 200
    assert process.stop() == 0
    assert "sk-right" not in "".join(process.output)
    assert "1 is let in" in "".join(process.output)


def test_a_chat_model_out_of_reach_fails_the_run_and_nothing_else(
    start_process: StartProcess, tmp_path
):
    (tmp_path / "threadkeep.toml").write_text(
        '[upstreams.none]\nurl = "http://127.0.0.1:1/v1"\nmax_retries = 0\n'
    )
    http = start_process().http
    run = finish(http, new_run(http, new_thread(http, "Hello"), new_assistant(http)))
    assert run["status"] == "failed"
    assert run["last_error"]["code"] == "server_error"
    assert "The upstream 'none' cannot be reached" in run["last_error"]["message"]


def test_sigterm_lets_a_run_and_its_stream_come_to_an_end(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    gate = Gate()
    scripted_model.reply("Half", gate, " and half.")
    process = start_process(drain_seconds=10)
    http = process.http
    body = {"assistant_id": new_assistant(http), "stream": True}
    with http.stream(f"/threads/{new_thread(http, 'Hello')}/runs", body) as events:
        for event in events:
            if event.name == "thread.message.delta":
                break
        process.begin_to_stop()
        gate.open()
        names = [event.name for event in events]
    assert names[-2:] == ["thread.run.completed", "done"]
    assert process.stop() == 0


def test_what_a_stop_interrupts_goes_on_with_the_next_start(
    start_process: StartProcess, scripted_model: ScriptedModel
):
    gate = Gate()
    scripted_model.reply("Never heard", gate)
    process = start_process()
    run = new_run(process.http, new_thread(process.http, "Hello"), new_assistant(process.http))
    reach(process.http, run, "in_progress")
    assert process.stop() == 0

    scripted_model.reply("Here I am.")
    http = start_process().http
    assert finish(http, run)["status"] == "completed"
    assert http.ok("GET", path_of(run))["id"] == run["id"]
