from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http import Http
from tests.support.live_server import live_server
from tests.support.running_server import RunningServer
from threadkeep.bus.in_process import InProcessBus
from threadkeep.errors import ChatModelUnavailableError, StorageError
from threadkeep.server.health import DRAINING, NEVER_ON_BUS, NO_BUS, NO_STORAGE
from threadkeep.server.node import Node
from threadkeep.server.operations import create_operations_app
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.telemetry import Telemetry
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
    monkeypatch.setattr("threadkeep.server.health.PATIENCE_SECONDS", 0.01)
    answer = health(running_server)
    assert (answer.status, answer.json["models"]) == (200, None)


def test_a_server_that_answers_lives(running_server: RunningServer):
    answer = Http(running_server.url, key=None).get("/health/live")
    assert (answer.status, answer.json) == (200, {"status": "live", "version": __version__})


class Watched:
    """A node on its own, with a port for operators, that tests can let down."""

    def __init__(self, folder: Path) -> None:
        self.storage = SQLiteStorage(folder / "records.db")
        self.bus = InProcessBus()
        self.is_draining = False
        self.node = Node(self.storage, self.bus, Telemetry(), is_draining=lambda: self.is_draining)
        self.url = ""

    def ready(self) -> tuple[int, str, list[str]]:
        """The status code, the status and what is wrong."""
        answer = Http(self.url, key=None).get("/health/ready")
        assert answer.headers["cache-control"] == "no-store"
        return answer.status, answer.json["status"], answer.json["problems"]

    def meet_bus(self) -> None:
        """Connect to the bus, in whatever event loop."""
        asyncio.run(self.bus.start())

    def lose_bus(self) -> None:
        """Be cut off from it."""
        asyncio.run(self.bus.stop())


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    asyncio.run(watched.storage.open())
    with live_server(create_operations_app(watched.node)) as watched.url:
        yield watched
    asyncio.run(watched.storage.close())


def test_a_node_is_ready_once_it_has_storage_and_bus(watched: Watched):
    assert watched.ready() == (503, "not ready", [NEVER_ON_BUS])
    watched.meet_bus()
    assert watched.ready() == (200, "ready", [])


def test_a_node_that_lost_the_bus_still_serves_and_says_so(watched: Watched):
    watched.meet_bus()
    watched.ready()
    watched.lose_bus()
    assert watched.ready() == (200, "degraded", [NO_BUS])


def test_a_node_that_is_about_to_stop_is_not_ready_but_lives(watched: Watched):
    watched.meet_bus()
    watched.is_draining = True
    assert watched.ready() == (503, "not ready", [DRAINING])
    assert Http(watched.url, key=None).get("/health/live").status == 200


def test_a_node_without_its_storage_is_not_ready(watched: Watched, monkeypatch):
    async def fail(_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(SQLiteStorage, "check", fail)
    watched.meet_bus()
    assert watched.ready() == (503, "not ready", [NO_STORAGE])


def test_a_storage_that_hangs_is_not_waited_for(watched: Watched, monkeypatch):
    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(SQLiteStorage, "check", hang)
    monkeypatch.setattr("threadkeep.server.node.PATIENCE_SECONDS", 0.01)
    watched.meet_bus()
    assert watched.ready() == (503, "not ready", [NO_STORAGE])


def test_the_storage_is_not_tried_for_each_who_asks(watched: Watched, monkeypatch):
    tried: list[object] = []

    async def count(storage: object) -> None:
        tried.append(storage)

    monkeypatch.setattr(SQLiteStorage, "check", count)
    monkeypatch.setattr("threadkeep.server.node._FRESH_SECONDS", 60.0)
    watched.node._checked_at = -60.0
    for _ in range(5):
        watched.ready()
    assert len(tried) == 1
