"""The client on a server in the same process: no port, no second process, one SQLite file.

    with threadkeep.embedded.client("threads.db") as client:
        thread = client.threads.create()

The server starts with the first call and stops with `close`. Which chat models it has is decided as
for `threadkeep serve`: by the settings, the environment, and what runs on this machine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

import msgspec

from threadkeep import APIConnectionError, AsyncClient, Client
from threadkeep.settings.loading import EffectiveSettings, load
from threadkeep.settings.schema import Value
from threadkeep.settings.shortcuts import with_local_model, with_upstream
from threadkeep.transport import (
    AsyncStreamedResponse,
    Request,
    Response,
    StreamedResponse,
)
from threadkeep.transport.asgi import ASGITransport, AsyncASGITransport
from threadkeep.transport.background_loop import BackgroundLoop

try:
    from threadkeep.assembly import Application, assemble
    from threadkeep.server.event_loop import loop_factory
except ModuleNotFoundError as error:
    message = f"threadkeep.embedded needs more packages: pip install 'threadkeep[server]' ({error})"
    raise ModuleNotFoundError(message, name=error.name) from error

__all__ = ["async_client", "async_client_with", "client", "client_with"]

BASE_URL = "http://threadkeep.embedded/v1"
CLOSED = "the embedded server was stopped when its client was closed"


def client(
    path: str | Path = "threads.db",
    *,
    upstream: str | None = None,
    model: str | None = None,
    settings_file: str | Path | None = None,
    **settings: Value,
) -> Client:
    """A client of the file at `path`.

    `upstream` is the URL of a server that speaks `/chat/completions`, `model` a `.gguf` file or the
    name of a model that was pulled. `settings` go before the settings file and the environment:
    `detect_models=False`, `engine={"run_seconds": 60}`. Raises `SettingsError`.
    """
    return client_with(effective_settings(path, upstream, model, settings_file, settings))


def async_client(
    path: str | Path = "threads.db",
    *,
    upstream: str | None = None,
    model: str | None = None,
    settings_file: str | Path | None = None,
    **settings: Value,
) -> AsyncClient:
    """An asynchronous client of the file at `path`, as `client`; it lives in the caller's event loop."""
    return async_client_with(effective_settings(path, upstream, model, settings_file, settings))


def client_with(effective: EffectiveSettings) -> Client:
    """A client of the file that the settings name."""
    transport = EmbeddedTransport(server_of(effective))
    return Client(base_url=BASE_URL, api_key="embedded", transport=transport)


def async_client_with(effective: EffectiveSettings) -> AsyncClient:
    """An asynchronous client of the file that the settings name."""
    transport = AsyncEmbeddedTransport(server_of(effective))
    return AsyncClient(base_url=BASE_URL, api_key="embedded", transport=transport)


def effective_settings(
    path: str | Path,
    upstream: str | None,
    model: str | None,
    settings_file: str | Path | None,
    settings: dict[str, Value],
) -> EffectiveSettings:
    """All settings, those of the call before all others."""
    effective = load(
        file=Path(settings_file) if settings_file is not None else None,
        flags={**settings, "database": f"sqlite:///{path}"},
        name_flag=lambda key: f"argument {key}",
    )
    if upstream is not None:
        effective = with_upstream(effective, upstream)
    if model is not None:
        effective = with_local_model(effective, model)
    return effective


def server_of(effective: EffectiveSettings) -> Application:
    """The server, not yet started. No key is asked for: whoever can call it has the file."""
    settings = msgspec.structs.replace(effective.settings, api_keys=[])
    return assemble(settings, effective.environ)


class EmbeddedTransport:
    """Requests to an application on an event loop in the background; it starts with the first one."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._loop: BackgroundLoop | None = None
        self._inner: ASGITransport | None = None
        self._is_closed = False

    def send(self, request: Request) -> Response:
        """Give the whole response."""
        return self._started().send(request)

    def stream(self, request: Request) -> AbstractContextManager[StreamedResponse]:
        """Enter with status and headers."""
        return self._started().stream(request)

    def close(self) -> None:
        """Stop the application; it can be closed again."""
        with self._lock:
            self._is_closed = True
            inner, loop = self._inner, self._loop
            self._inner = self._loop = None
        if inner is not None and loop is not None:
            inner.close()
            loop.run(self._application.stop())
            loop.close()

    def _started(self) -> ASGITransport:
        with self._lock:
            if self._is_closed:
                raise APIConnectionError(CLOSED)
            if self._inner is None:
                self._loop = self._loop_with_application()
                self._inner = ASGITransport(self._application, self._loop)
            return self._inner

    def _loop_with_application(self) -> BackgroundLoop:
        loop = BackgroundLoop(loop_factory=loop_factory)
        try:
            loop.run(self._application.start())
        except BaseException:
            loop.close()
            raise
        return loop


class AsyncEmbeddedTransport:
    """Requests to an application on the caller's event loop; it starts with the first one."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = asyncio.Lock()
        self._inner: AsyncASGITransport | None = None
        self._is_closed = False

    async def send(self, request: Request) -> Response:
        """Give the whole response."""
        return await (await self._started()).send(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[AsyncStreamedResponse]:
        """Enter with status and headers."""
        transport = await self._started()
        async with transport.stream(request) as response:
            yield response

    async def aclose(self) -> None:
        """Stop the application; it can be closed again."""
        async with self._lock:
            self._is_closed = True
            inner, self._inner = self._inner, None
            if inner is not None:
                await inner.aclose()
                await self._application.stop()

    async def _started(self) -> AsyncASGITransport:
        if self._inner is not None:
            return self._inner
        async with self._lock:
            if self._is_closed:
                raise APIConnectionError(CLOSED)
            if self._inner is None:
                await self._application.start()
                self._inner = AsyncASGITransport(self._application)
            return self._inner
