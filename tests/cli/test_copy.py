"""`threadkeep copy`: from SQLite to PostgreSQL and back, with servers on either side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import Threadkeep
from tests.support.conversation import finish, new_assistant, new_run, new_thread, texts
from tests.support.http import Http
from tests.support.running_server import RunningServer, StartServer, settings_for
from tests.support.scripted_model import ScriptedModel
from tests.support.searching import new_store_of, read
from threadkeep.embedded import client_with
from threadkeep.settings import Settings
from threadkeep.settings.loading import EffectiveSettings

pytestmark = pytest.mark.timeout(180)


def conversation(http: Http) -> dict[str, str]:
    """The ids of a conversation with a file in it."""
    store = new_store_of(http, wolves_txt="Wolves howl at night.")
    assistant = new_assistant(
        http,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store]}},
    )
    thread = new_thread(http, "Hello", "there")
    run = finish(http, new_run(http, thread, assistant))
    return {"thread": thread, "run": run["id"], "store": store}


def test_there_and_back_again(
    threadkeep: Threadkeep,
    start_server: StartServer,
    scripted_model: ScriptedModel,
    postgres_dsn: str,
    tmp_path: Path,
):
    server = start_server()
    ids = conversation(server.http)
    said = texts(server.http, ids["thread"])
    server.stop()
    file, back = f"sqlite:///{tmp_path / 'threadkeep.db'}", f"sqlite:///{tmp_path / 'back.db'}"

    there = threadkeep("copy", file, postgres_dsn)
    again = threadkeep("copy", postgres_dsn, back, "--json")

    assert (there.code, there.lines[-1]) == (0, "The copy has all that the source has.")
    assert "messages: 3\n" in there.err
    assert "file contents: 1\n" in there.err
    counted = json.loads(again.out)
    assert (counted["rows"]["messages"], counted["contents"], counted["lost"]) == (3, 1, [])
    restored = RunningServer(settings_for(scripted_model, tmp_path / "back.db"))
    restored.start()
    try:
        assert texts(restored.http, ids["thread"]) == said
        assert restored.http.ok("GET", f"/threads/{ids['thread']}/runs/{ids['run']}")["id"]
        found = restored.http.ok(
            "POST", f"/vector_stores/{ids['store']}/search", {"query": "wolves"}
        )
        assert found["data"][0]["content"][0]["text"] == "Wolves howl at night."
        assert read(restored.http, ids["store"])["file_counts"]["completed"] == 1
        new_thread(restored.http, "One more")
    finally:
        restored.stop()


def test_what_is_there_is_left_alone(
    threadkeep: Threadkeep, start_server: StartServer, tmp_path: Path
):
    start_server().stop()
    file = f"sqlite:///{tmp_path / 'threadkeep.db'}"
    other = f"sqlite:///{tmp_path / 'other.db'}"
    threadkeep("threads", "list", "--database", other)
    assert threadkeep("copy", file, other).code == 0  # empty
    with client_with(
        EffectiveSettings(Settings(database=other, detect_models=False), [], {}, None)
    ) as client:
        client.threads.create()

    done = threadkeep("copy", file, other)

    assert done.code == 1
    assert "has records already; a copy needs an empty one" in done.err


def test_a_server_does_not_begin_on_half_a_copy(threadkeep: Threadkeep, tmp_path: Path):
    import asyncio

    from threadkeep.storage.sqlite import SQLiteStorage

    async def begin() -> None:
        storage = SQLiteStorage(tmp_path / "half.db")
        await storage.open()
        await storage.transfer.begin("SQLite file /whole.db")
        await storage.close()

    asyncio.run(begin())
    done = threadkeep("serve", "--port", "0", "--database", f"sqlite:///{tmp_path / 'half.db'}")
    assert done.code == 1
    assert "holds a part of SQLite file /whole.db; run the same `threadkeep copy` again" in done.err


def test_what_cannot_be_copied_is_told(
    threadkeep: Threadkeep, running_server: RunningServer, tmp_path: Path
):
    assert running_server.base_url
    busy = threadkeep("copy", f"sqlite:///{tmp_path / 'threadkeep.db'}", "sqlite:///new.db")
    missing = threadkeep("copy", "sqlite:///nix.db", "sqlite:///new.db")
    odd = threadkeep("copy", "mysql://localhost", "sqlite:///new.db")

    assert (busy.code, missing.code, odd.code) == (1, 2, 2)
    assert "in use by another process" in busy.err
    assert "there is no file nix.db to copy from" in missing.err
    assert "sqlite:/// and a file, or postgresql://" in odd.err
