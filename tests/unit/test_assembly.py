"""Everything is started in order, and a start that fails leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.support.running_server import settings_for
from tests.support.scripted_model import ScriptedModel
from threadkeep.assembly import application, assemble
from threadkeep.errors import SettingsError, StorageBusyError
from threadkeep.settings import ApiKeySettings, Settings, UpstreamSettings


def settings(path, **more) -> Settings:
    return Settings(database=f"sqlite:///{path}", detect_models=False, **more)


def own_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("threadkeep")}


async def test_a_start_that_fails_leaves_nothing_running(tmp_path):
    before = own_threads()
    mistaken = {"mine": UpstreamSettings(url="http://a/v1", api_key_env="NOT_SET")}
    with pytest.raises(SettingsError, match="NOT_SET is not set"):
        await assemble(settings(tmp_path / "a.db", upstreams=mistaken), {}).start()
    assert own_threads() == before
    async with assemble(settings(tmp_path / "a.db"), {}):
        pass


async def test_a_key_that_is_not_set_is_told(tmp_path):
    keys = [ApiKeySettings(env="KEY_OF_A", project="a")]
    with pytest.raises(SettingsError, match="the environment variable KEY_OF_A is not set"):
        await assemble(settings(tmp_path / "a.db", api_keys=keys), {}).start()


async def test_it_can_be_started_again(tmp_path):
    server = assemble(settings(tmp_path / "a.db"), {})
    for _ in range(2):
        async with server:
            await server.parts.storage.check()


async def test_in_memory():
    async with assemble(settings(":memory:"), {}) as first, assemble(settings(":memory:"), {}):
        await first.parts.storage.check()


async def lifespan(app, *messages: str) -> list[dict[str, str]]:
    """What the application says to these messages of a server."""
    sent: list[dict[str, str]] = []
    coming = iter(messages)

    async def receive():
        return {"type": next(coming)}

    async def send(message):
        sent.append(message)

    await app({"type": "lifespan"}, receive, send)
    return sent


async def test_a_server_starts_and_stops_it_by_its_lifespan(
    tmp_path, scripted_model: ScriptedModel
):
    before = asyncio.all_tasks()
    app = assemble(settings_for(scripted_model, tmp_path / "a.db"), {})
    said = await lifespan(app, "lifespan.startup", "lifespan.shutdown")
    assert [message["type"] for message in said] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert asyncio.all_tasks() == before


async def test_a_start_that_fails_is_told_to_the_server(tmp_path):
    async with assemble(settings(tmp_path / "a.db"), {}):
        said = await lifespan(assemble(settings(tmp_path / "a.db"), {}), "lifespan.startup")
    assert said[0]["type"] == "lifespan.startup.failed"
    assert "is in use by another process" in said[0]["message"]


async def test_a_second_application_on_the_file_is_refused(tmp_path):
    async with assemble(settings(tmp_path / "a.db"), {}):
        with pytest.raises(StorageBusyError):
            await assemble(settings(tmp_path / "a.db"), {}).start()


def test_the_factory_takes_the_settings_that_hold_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "threadkeep.toml").write_text("port = 9000\n")
    assert application().settings.port == 9000
