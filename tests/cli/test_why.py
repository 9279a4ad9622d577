"""`threadkeep runs why`: where a run stands, from a server or straight from its database."""

from __future__ import annotations

import asyncio
import json

from tests.support.command import Threadkeep
from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, reach
from tests.support.records import keep_run
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel
from threadkeep.storage.postgres import PostgresStorage


def test_it_says_what_a_run_waits_for_and_what_comes_next(
    threadkeep: Threadkeep, running_server: RunningServer, scripted_model: ScriptedModel
):
    http = running_server.http
    scripted_model.call_functions(("get_weather", "{}"))
    run = new_run(http, new_thread(http, "Hello"), new_assistant(http, tools=[WEATHER]))
    reach(http, run, "requires_action")

    done = threadkeep("runs", "why", run["id"], "--base-url", running_server.base_url)
    as_json = threadkeep("runs", "why", run["id"], "--json", "--base-url", running_server.base_url)

    assert (done.code, done.err) == (0, "")
    assert f"Run         {run['id']}, on {run['thread_id']}\n" in done.out
    assert "Waits for   tool outputs\nHeld by     nobody\n" in done.out
    assert "It waits for its caller to submit the outputs of get_weather (" in done.out
    told = json.loads(as_json.out)
    assert (told["status"], told["waits_for"]) == ("requires_action", "tool outputs")


def test_postgresql_is_asked_while_nodes_are_at_work(threadkeep: Threadkeep, postgres_dsn: str):
    async def waiting() -> str:
        storage = PostgresStorage(postgres_dsn)
        await storage.open()
        await storage.workers.renew("worker_1", 60)
        record = await keep_run(storage, due_at=4e9)
        await storage.close()
        return record.run.id

    run_id = asyncio.run(waiting())
    done = threadkeep("runs", "why", run_id, "--database", postgres_dsn)
    assert (done.code, done.err) == (0, "")
    assert "Waits for   worker\n" in done.out
    assert "1 worker is alive" in done.out


def test_a_database_is_asked_without_a_server(
    threadkeep: Threadkeep, running_server: RunningServer, scripted_model: ScriptedModel, tmp_path
):
    http = running_server.http
    run = finish(http, new_run(http, new_thread(http, "Hello"), new_assistant(http)))
    database = f"sqlite:///{tmp_path / 'threadkeep.db'}"

    busy = threadkeep("runs", "why", run["id"], "--database", database)
    running_server.stop()
    done = threadkeep("runs", "why", run["id"], "--database", database)
    of_others = threadkeep("runs", "why", run["id"], "--database", database, "--project", "other")

    assert busy.code == 1
    assert "in use by another process" in busy.err
    assert (done.code, done.err) == (0, "")
    assert "Waits for   nothing\n" in done.out
    assert of_others.code == 1
    assert of_others.err == f"threadkeep: no run {run['id']}\n"
