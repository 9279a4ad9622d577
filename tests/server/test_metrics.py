"""GET /metrics: what Prometheus is told, of real runs."""

from __future__ import annotations

from tests.support.conversation import (
    WEATHER,
    finish,
    new_assistant,
    new_run,
    new_thread,
    reach,
)
from tests.support.http import Http
from tests.support.metrics import idle_numbers, numbers
from tests.support.running_server import RunningServer, StartServer
from tests.support.scripted_model import DROP, Gate, ScriptedModel
from tests.support.searching import new_store_of
from threadkeep.errors import StorageError
from threadkeep.settings import EngineSettings
from threadkeep.version import __version__


def test_a_run_is_counted_from_its_creation_to_its_end(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    scripted_model.reply("One", " two")
    finish(http, new_run(http, new_thread(http, "Hello"), new_assistant(http)))

    told = idle_numbers(running_server.url)

    assert told.of("info", version=__version__) == 1
    for status in ("queued", "in_progress", "completed"):
        assert told.of("runs_total", status=status) == 1
    assert (told.of("run_claims_total"), told.of("run_rescues_total")) == (1, 0)
    assert told.of("model_calls_total", outcome="completed") == 1
    assert told.of("model_first_chunk_seconds_count") == 1
    assert told.of("model_tokens_total", kind="input") > 0
    assert told.of("model_tokens_total", kind="output") > 0
    assert told.of("events_total") >= 8
    assert (told.of("runs_working"), told.of("followers")) == (0, 0)


def test_what_waits_and_what_is_worked_on_is_told(
    start_server: StartServer, scripted_model: ScriptedModel
):
    server = start_server(EngineSettings(concurrency=1))
    http = server.http
    gate = Gate()
    scripted_model.reply("Hi", gate)
    assistant = new_assistant(http)
    first = new_run(http, new_thread(http, "Hello"), assistant)
    gate.wait_reached()
    second = new_run(http, new_thread(http, "Me too"), assistant)

    told = numbers(server.url)
    gate.open()
    finish(http, first)
    finish(http, second)
    after = idle_numbers(server.url)

    assert (told.of("queued_runs"), told.of("leased_runs")) == (1, 1)
    assert told.of("oldest_queued_run_seconds") >= 0
    assert (told.of("workers_alive"), told.of("runs_working"), told.of("orphaned_runs")) == (
        1,
        1,
        0,
    )
    assert (after.of("queued_runs"), after.of("leased_runs"), after.of("runs_working")) == (0, 0, 0)


def test_failures_and_calls_of_functions_are_counted(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    scripted_model.reply(DROP)
    scripted_model.call_functions(("get_weather", "{}"))
    assistant = new_assistant(http, tools=[WEATHER])
    finish(http, new_run(http, new_thread(http, "Hello"), assistant))
    reach(http, new_run(http, new_thread(http, "Hello"), assistant), "requires_action")

    told = idle_numbers(running_server.url)

    assert told.of("runs_total", status="failed") == 1
    assert told.of("runs_total", status="requires_action") == 1
    assert told.of("model_calls_total", outcome="failed") == 1


def test_files_and_searches_are_counted(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    store = new_store_of(http, wolves_txt="Wolves howl.")
    scripted_model.call_functions(("file_search", '{"queries":["wolves"]}'))
    scripted_model.reply("They howl.")
    assistant = new_assistant(
        http,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store]}},
    )
    finish(http, new_run(http, new_thread(http, "What do wolves do?"), assistant))

    told = idle_numbers(running_server.url)

    assert told.of("ingestions_total", outcome="completed") == 1
    assert told.of("ingestion_seconds_count") == 1
    assert told.of("tool_calls_total", tool="file_search", outcome="completed") == 1
    assert (told.of("queued_files"), told.of("leased_files")) == (0, 0)


def test_requests_are_counted_by_route_and_not_by_path(running_server: RunningServer):
    http = running_server.http
    thread = new_thread(http, "My name is Ada.")
    for _ in range(2):
        http.ok("GET", f"/threads/{thread}")
    http.get("/threads/thread_nobody_has")
    http.get("/nothing/here")

    told = numbers(running_server.url)

    route = "/threads/{thread_id}"
    assert told.of("http_requests_total", method="GET", route=route, status="200") == 2
    assert told.of("http_requests_total", method="GET", route=route, status="404") == 1
    assert told.of("http_answer_seconds_count", route=route) == 3
    assert not [value for value in told.label_values if "thread_" in value and "{" not in value]


def test_a_storage_out_of_reach_is_told_and_the_rest_as_well(
    running_server: RunningServer, monkeypatch
):
    from threadkeep.storage.sqlite import SQLiteStorage
    from threadkeep.storage.sqlite.overview import Overview

    async def fail(_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(SQLiteStorage, "check", fail)
    monkeypatch.setattr(Overview, "backlog", fail)
    told = numbers(running_server.url)

    assert (told.of("storage_up"), told.of("bus_up"), told.of("draining")) == (0, 1, 0)
    assert "threadkeep_queued_runs" not in told.families
    assert told.of("info", version=__version__) == 1


def test_who_needs_a_key_for_the_api_finds_no_numbers_beside_it(start_server: StartServer):
    server = start_server(keys={"sk-1": "project-1"})
    for key in (None, "sk-1"):
        assert Http(server.url, key=key).get("/metrics").status == 404


def test_every_number_says_what_it_is(running_server: RunningServer):
    told = numbers(running_server.url)
    assert all(family.documentation for family in told.families.values())
    assert all(name.startswith("threadkeep_") for name in told.families)
    assert not [name for name in told.families if name.endswith("_created")]
