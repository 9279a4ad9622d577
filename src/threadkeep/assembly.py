"""Puts a server together from its settings. The only file that knows all classes.

For an ASGI server of your own: `uvicorn --factory threadkeep.assembly:application`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import msgspec
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from threadkeep.bus.in_process import InProcessBus
from threadkeep.engine.engine import Engine
from threadkeep.errors import ThreadkeepError
from threadkeep.inference import ChatModel
from threadkeep.inference.discovery import Discovery, discover
from threadkeep.inference.local import OnProgress
from threadkeep.inference.opening import open_chat_model
from threadkeep.retrieval.process import ProcessReader
from threadkeep.server.app import create_app
from threadkeep.server.auth import Authenticator
from threadkeep.settings import Settings
from threadkeep.settings.api_keys import projects_by_key_hash
from threadkeep.settings.environment import environment
from threadkeep.settings.loading import load
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.tools.file_search import FileSearch

SQLITE = "sqlite:///"
IN_MEMORY = ":memory:"
FILES = "-files"
"""What the folder of file contents has after the name of the database beside it."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a running server is made of."""

    storage: Storage
    discovery: Discovery
    chat_model: ChatModel
    engine: Engine
    app: Starlette


def assemble(
    settings: Settings,
    environ: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
) -> Application:
    """A server with these settings, not yet started.

    `environ` holds the API keys that the settings name; else the environment of this process does.
    With `on_progress` a local model is loaded at the start, and it is told how that goes; else the
    model is loaded for the first run.
    """
    return Application(settings, environment() if environ is None else environ, on_progress)


def application() -> Application:
    """A server with the settings that hold here."""
    effective = load()
    return assemble(effective.settings, effective.environ)


class Application:
    """A server as an ASGI application; started and stopped by its lifespan, or by hand."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], on_progress: OnProgress | None
    ) -> None:
        self.settings = settings
        self._environ = environ
        self._on_progress = on_progress
        self._parts: Parts | None = None
        self._stack = AsyncExitStack()

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
        else:
            await self.parts.app(scope, receive, send)

    async def _started_parts(self, stack: AsyncExitStack) -> Parts:
        """Everything, started from the inside to the outside; `stack` stops what was started."""
        keys = projects_by_key_hash(self.settings, self._environ)
        storage = await opened_storage(self.settings, stack)
        discovery = await discover(self.settings, self._environ)
        chat_model = await stack.enter_async_context(
            open_chat_model(discovery, on_progress=self._on_progress)
        )
        contents = await opened_contents(self.settings, stack)
        engine = await started_engine(storage, contents, chat_model, self.settings, stack)
        app = create_app(
            storage=storage,
            engine=engine,
            chat_model=chat_model,
            authenticator=Authenticator(keys),
            require_beta_header=self.settings.require_beta_header,
        )
        return Parts(
            storage=storage, discovery=discovery, chat_model=chat_model, engine=engine, app=app
        )

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


def database_file(settings: Settings) -> Path | None:
    """The file that the settings name; None if everything is kept in memory."""
    name = settings.database.removeprefix(SQLITE)
    return None if name == IN_MEMORY else Path(name)


async def opened_storage(settings: Settings, stack: AsyncExitStack) -> Storage:
    """The storage that the settings name; `stack` closes it."""
    storage = SQLiteStorage(database_file(settings) or IN_MEMORY)
    await storage.open()
    stack.push_async_callback(storage.close)
    return storage


async def opened_contents(settings: Settings, stack: AsyncExitStack) -> FileContents:
    """Where the bytes of files are: a folder beside the database, or one that goes with `stack`."""
    database = database_file(settings)
    if database is None:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="threadkeep-")))
    else:
        folder = database.with_name(f"{database.name}{FILES}")
    contents = LocalFolder(folder)
    await contents.open()
    stack.push_async_callback(contents.close)
    return contents


async def started_engine(
    storage: Storage,
    contents: FileContents,
    chat_model: ChatModel,
    settings: Settings,
    stack: AsyncExitStack,
) -> Engine:
    """An engine at work, on a bus of its own, with processes of its own that read files."""
    bus = InProcessBus()
    await bus.start()
    stack.push_async_callback(bus.stop)
    reader = ProcessReader()
    stack.push_async_callback(reader.close)
    engine = Engine(
        storage,
        bus,
        chat_model,
        settings.engine,
        contents=contents,
        reader=reader,
        server_tools=[FileSearch(storage)],
    )
    await engine.start()
    stack.push_async_callback(engine.stop)
    return engine
