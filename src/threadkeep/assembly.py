"""Puts a node together from its settings. With `places.py`, the only file that knows all classes.

For an ASGI server of your own: `uvicorn --factory threadkeep.assembly:application`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import NamedTuple, Self

import msgspec
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from threadkeep.bus import Bus
from threadkeep.engine.engine import Engine
from threadkeep.errors import ThreadkeepError
from threadkeep.inference import ChatModel
from threadkeep.inference.discovery import Discovery, discover
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.inference.embedding_opening import open_embedding_model
from threadkeep.inference.local import OnProgress
from threadkeep.inference.opening import open_chat_model
from threadkeep.places import (
    NodeRole,
    check_role,
    opened_contents,
    opened_storage,
    started_bus,
)
from threadkeep.retrieval.process import ProcessReader
from threadkeep.retrieval.searching import Searcher
from threadkeep.server.app import create_app
from threadkeep.server.auth import Authenticator
from threadkeep.server.node import Node
from threadkeep.server.operations import create_operations_app
from threadkeep.settings import Settings
from threadkeep.settings.api_keys import projects_by_key_hash
from threadkeep.settings.environment import environment
from threadkeep.settings.loading import load
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.opening import open_tracing
from threadkeep.telemetry.server_tool import ObservedTool
from threadkeep.telemetry.storage import ObservedStorage
from threadkeep.tools.file_search import FileSearch


class _Models(NamedTuple):
    """What understands texts."""

    chat: ChatModel
    embedding: EmbeddingModel | None


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a running server is made of."""

    storage: Storage
    bus: Bus
    discovery: Discovery
    chat_model: ChatModel
    engine: Engine
    app: ASGIApp
    operations: Starlette


def assemble(
    settings: Settings,
    environ: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
    *,
    role: NodeRole = "all",
) -> Application:
    """A node with these settings, not yet started.

    `environ` holds the API keys that the settings name; else the environment of this process does.
    With `on_progress` a local model is loaded at the start, and it is told how that goes; else the
    model is loaded for the first run.
    """
    environ = environment() if environ is None else environ
    return Application(settings, environ, on_progress, role)


def application() -> Application:
    """A server with the settings that hold here."""
    effective = load()
    return assemble(effective.settings, effective.environ)


class Application:
    """A node as an ASGI application; started and stopped by its lifespan, or by hand.

    One that is a worker alone answers only what operators ask.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        on_progress: OnProgress | None,
        role: NodeRole,
    ) -> None:
        self.settings = settings
        self.role: NodeRole = role
        self._environ = environ
        self._on_progress = on_progress
        self._parts: Parts | None = None
        self._stack = AsyncExitStack()
        self.operations_port: int | None = None
        """The port, if there is one, on which only what operators ask is answered."""

    @property
    def parts(self) -> Parts:
        """What it is made of, as long as it runs."""
        assert self._parts is not None, "the application has not been started"
        return self._parts

    async def start(self) -> None:
        """Start everything. Raises a `ThreadkeepError` if that fails; then nothing is left running."""
        async with AsyncExitStack() as stack:
            self._parts = await self._started_parts(stack)
            self._stack = stack.pop_all()

    async def drain(self) -> None:
        """Take on no more runs, and give those that are under way the time that the settings say."""
        if self._parts is not None:
            await self._parts.engine.drain()

    async def stop(self) -> None:
        """Stop everything, in the reverse order."""
        self._parts = None
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        _, port = scope.get("server") or (None, None)
        is_of_operators = self.operations_port is not None and port == self.operations_port
        parts = self.parts
        await (parts.operations if is_of_operators else parts.app)(scope, receive, send)

    async def _started_parts(self, stack: AsyncExitStack) -> Parts:
        """Everything, started from the inside to the outside; `stack` stops what was started."""
        check_role(self.settings, self.role)
        keys = projects_by_key_hash(self.settings, self._environ)
        telemetry = Telemetry(tracing=open_tracing())
        storage = ObservedStorage(await opened_storage(self.settings, stack), telemetry)
        bus = await started_bus(self.settings, stack)
        discovery = await discover(self.settings, self._environ)
        chat_model = await stack.enter_async_context(
            open_chat_model(discovery, on_progress=self._on_progress)
        )
        embedding_model = await stack.enter_async_context(
            open_embedding_model(self.settings.embedding, discovery)
        )
        contents = await opened_contents(self.settings, stack)
        engine = await self._started_engine(
            storage, bus, contents, _Models(chat_model, embedding_model), telemetry, stack
        )
        node = Node(storage, bus, telemetry, is_draining=lambda: engine.is_draining)
        operations = create_operations_app(node, chat_model)
        app = (
            operations
            if self.role == "worker"
            else create_app(
                node=node,
                engine=engine,
                chat_model=chat_model,
                authenticator=Authenticator(keys),
                require_beta_header=self.settings.require_beta_header,
            )
        )
        return Parts(
            storage=storage,
            bus=bus,
            discovery=discovery,
            chat_model=chat_model,
            engine=engine,
            app=app,
            operations=operations,
        )

    async def _started_engine(
        self,
        storage: Storage,
        bus: Bus,
        contents: FileContents,
        models: _Models,
        telemetry: Telemetry,
        stack: AsyncExitStack,
    ) -> Engine:
        """The engine; if it works, with processes of its own that read files."""
        reader = ProcessReader(most_tokens=self.settings.engine.ingestion_max_tokens)
        stack.push_async_callback(reader.close)
        file_search = FileSearch(
            storage,
            searcher=Searcher(storage, models.embedding),
            marks=self.settings.file_search.marks,
        )
        engine = Engine(
            storage,
            bus,
            models.chat,
            self.settings.engine,
            contents=contents,
            reader=reader,
            embedding_model=models.embedding,
            rewrite_model=self.settings.file_search.rewrite_model,
            server_tools=[ObservedTool(file_search, telemetry)],
            works=self.role != "api",
            telemetry=telemetry,
            node=f"{platform.node()}-{os.getpid()}",
        )
        stack.push_async_callback(engine.stop)
        await engine.start()
        return engine

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except ThreadkeepError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})
