"""GET /runs/{run_id}/explanation, of real runs."""

from __future__ import annotations

from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, reach
from tests.support.http import Http
from tests.support.running_server import StartServer
from tests.support.scripted_model import Gate, ScriptedModel
from threadkeep.settings import EngineSettings


def test_a_run_is_explained_wherever_it_stands(
    start_server: StartServer, scripted_model: ScriptedModel
):
    http = start_server(EngineSettings(concurrency=1)).http
    gate = Gate()
    scripted_model.reply("Hi", gate)
    scripted_model.call_functions(("get_weather", "{}"))
    assistant = new_assistant(http, tools=[WEATHER])
    working = new_run(http, new_thread(http, "Hello"), assistant)
    gate.wait_reached()
    waiting = new_run(http, new_thread(http, "Me too"), assistant)

    held, queued = explained(http, working), explained(http, waiting)
    gate.open()
    finish(http, working)
    reach(http, waiting, "requires_action")

    assert (held["waits_for"], held["workers_alive"], held["attempts"]) == ("chat model", 1, 1)
    assert held["held_by"].startswith("worker_")
    assert 0 < held["lease_seconds_left"] <= 5
    assert (queued["waits_for"], queued["held_by"], queued["ahead_count"]) == ("worker", None, 0)
    assert queued["queued_seconds"] >= 0
    assert 0 < queued["expires_in_seconds"] <= 600
    assert explained(http, waiting)["waits_for"] == "tool outputs"
    assert explained(http, working)["waits_for"] is None


def explained(http: Http, run: dict[str, str]) -> dict[str, object]:
    told = http.ok("GET", f"/runs/{run['id']}/explanation")
    assert (told["run_id"], told["thread_id"]) == (run["id"], run["thread_id"])
    return told


def test_another_project_does_not_see_it(start_server: StartServer):
    server = start_server(keys={"sk-1": "one", "sk-2": "two"})
    http = Http(server.base_url, "sk-1")
    run = new_run(http, new_thread(http, "Hello"), new_assistant(http))

    answer = Http(server.base_url, "sk-2").get(f"/runs/{run['id']}/explanation")

    assert answer.status == 404
    assert answer.error["message"] == f"No run found with id '{run['id']}'."
    explained(http, finish(http, run))
