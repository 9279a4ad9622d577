"""What the application does with an ASGI server, below what HTTP clients see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine.engine import Engine
from threadkeep.engine.event_log import RunEvent
from threadkeep.inference.routing import RoutedChatModel
from threadkeep.retrieval.process import ProcessReader
from threadkeep.server.app import create_app
from threadkeep.server.auth import Authenticator
from threadkeep.server.exchange import REQUEST_ID
from threadkeep.server.node import Node
from threadkeep.server.streaming import EventStream
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.telemetry import Telemetry

HTTP: dict[str, Any] = {"type": "http", "method": "GET", REQUEST_ID: "req_1"}


def app_with(lifespan: Any = None) -> ASGIApp:
    storage, bus, chat_model = (
        SQLiteStorage(":memory:"),
        InProcessBus(),
        RoutedChatModel({}, []),
    )
    return create_app(
        node=Node(storage, bus, Telemetry()),
        engine=Engine(
            storage,
            bus,
            chat_model,
            contents=LocalFolder("unused"),
            reader=ProcessReader(),
        ),
        chat_model=chat_model,
        authenticator=Authenticator({}),
        lifespan=lifespan,
    )


class Connection:
    """An ASGI server's end: gives messages, takes messages."""

    def __init__(self, *incoming: dict[str, Any]) -> None:
        self._incoming = list(incoming)
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        return self._incoming.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_the_lifespan_is_the_callers():
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        told.append("started")
        yield
        told.append("stopped")

    connection = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await app_with(lifespan)({"type": "lifespan"}, connection.receive, connection.send)
    assert told == ["started", "stopped"]


async def test_a_websocket_is_turned_away():
    connection = Connection({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/v1/threads", "headers": []}
    await app_with()(scope, connection.receive, connection.send)
    assert [message["type"] for message in connection.sent] == ["websocket.close"]


async def endless() -> AsyncIterator[list[RunEvent]]:
    while True:
        yield [RunEvent(1, 0, "thread.run.in_progress", b"{}"), RunEvent(1, 1, "x", b"{}")]


class LeavingConnection(Connection):
    """Its watcher leaves: the server raises when something is sent after that."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def receive(self) -> Any:

        await asyncio.Event().wait()

    async def send(self, message: Any) -> None:
        if len(self.sent) == 3:
            raise self._error
        await super().send(message)


async def test_events_that_are_there_together_are_sent_together():
    connection = LeavingConnection(OSError("gone"))
    opening = [RunEvent(0, 1, "thread.run.created", b"{}")]
    await EventStream(opening, endless(), is_numbered=False).send(
        HTTP, connection.receive, connection.send
    )
    created = b"event: thread.run.created\ndata: {}\n\n"
    batch = b"event: thread.run.in_progress\ndata: {}\n\nevent: x\ndata: {}\n\n"
    assert [message.get("body") for message in connection.sent] == [None, created + batch, batch]


async def test_a_fault_while_sending_is_not_hidden():
    connection = LeavingConnection(RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        await EventStream([], endless(), is_numbered=False).send(
            HTTP, connection.receive, connection.send
        )


class StayingConnection(Connection):
    """Its watcher stays."""

    async def receive(self) -> Any:
        await asyncio.Event().wait()


async def broken_off() -> AsyncIterator[list[RunEvent]]:
    raise RuntimeError("a bug")
    yield []


async def test_who_made_a_run_is_told_of_it_though_its_events_break_off_at_once():
    connection = StayingConnection()
    opening = [RunEvent(0, 1, "thread.run.created", b"{}")]
    await EventStream(opening, broken_off(), is_numbered=False).send(
        HTTP, connection.receive, connection.send
    )
    body = b"".join(message.get("body", b"") for message in connection.sent)
    names = [line for line in body.splitlines() if line.startswith(b"event: ")]
    assert names == [b"event: thread.run.created", b"event: error", b"event: done"]
