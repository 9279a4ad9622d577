from __future__ import annotations

import asyncio

from tests.support.http import Http
from tests.support.running_server import RunningServer
from threadkeep.errors import ChatModelUnavailableError, StorageError
from threadkeep.version import __version__


def health(server: RunningServer):
    return Http(server.url, key=None).get("/health")


def test_a_healthy_server_says_so_to_everybody(running_server: RunningServer):
    answer = health(running_server)
    assert answer.status == 200
    assert answer.json == {
        "status": "ok",
        "version": __version__,
        "storage": "ok",
        "models": answer.json["models"],
    }
    assert "scripted-model" in answer.json["models"]


def test_without_its_storage_it_is_not_healthy(running_server: RunningServer, monkeypatch):
    from threadkeep.storage.sqlite import SQLiteStorage

    async def fail(_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(SQLiteStorage, "check", fail)
    answer = health(running_server)
    assert (answer.status, answer.json["status"], answer.json["storage"]) == (
        503,
        "failing",
        "failing",
    )
    assert b"disk" not in answer.body


def test_without_a_chat_model_it_still_serves(running_server: RunningServer, monkeypatch):
    from threadkeep.inference.openai_compatible import OpenAICompatibleModel

    async def fail(_: object) -> None:
        raise ChatModelUnavailableError("gone")

    monkeypatch.setattr(OpenAICompatibleModel, "models", fail)
    answer = health(running_server)
    assert (answer.status, answer.json["models"]) == (200, [])


def test_a_chat_model_that_is_slow_to_answer_is_not_waited_for(
    running_server: RunningServer, monkeypatch
):
    from threadkeep.inference.openai_compatible import OpenAICompatibleModel

    async def wait(_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(OpenAICompatibleModel, "models", wait)
    monkeypatch.setattr("threadkeep.server.health._PATIENCE_SECONDS", 0.01)
    answer = health(running_server)
    assert (answer.status, answer.json["models"]) == (200, None)
