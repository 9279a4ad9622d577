"""A whole server on a free port: the real application on uvicorn, a real SQLite file, a scripted model behind it.

def test_it_answers(running_server):
    thread = running_server.http.ok("POST", "/threads")

def test_expiry(start_server):
    server = start_server(EngineSettings(run_seconds=0.2))
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import pytest
import uvicorn

from tests.support.http import Http
from tests.support.scripted_model import ScriptedModel
from tests.support.witness import Witness
from threadkeep.settings import (
    ApiKeySettings,
    EngineSettings,
    FileSearchSettings,
    FileSearchStyle,
    MarkStyle,
    RouteSettings,
    Settings,
    UpstreamSettings,
)

START_SECONDS = 20


class RunningServer:
    """A server in a thread of its own, with an event loop of its own; `witness` looks at each of its answers."""

    def __init__(self, settings: Settings) -> None:
        from threadkeep.assembly import assemble

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.witness = Witness(assemble(settings, {}))
        config = uvicorn.Config(
            self.witness, lifespan="on", log_config=None, access_log=False, ws="none"
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"{self.url}/v1"

    @property
    def http(self) -> Http:
        """Calls with some key."""
        return Http(self.base_url)

    def start(self) -> None:
        """Return once it serves."""
        self._thread.start()
        if not self._server.has_started.wait(START_SECONDS):
            raise TimeoutError("the server did not start")

    def stop(self) -> None:
        """End it as on SIGTERM, if that has not been done."""
        if self._thread.is_alive():
            self._server.leave()
        self._thread.join(START_SECONDS)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


class _Server(uvicorn.Server):
    """Uvicorn that tells when it has started, and leaves at once instead of at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = threading.Event()
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Shut down in good order; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._leaving.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.has_started.set()

    async def main_loop(self) -> None:
        await self._leaving.wait()


StartServer: TypeAlias = Callable[..., RunningServer]


def settings_for(
    model: ScriptedModel,
    database: Path,
    engine: EngineSettings | None = None,
    *,
    keys: dict[str, str] | None = None,
    read_timeout_seconds: float = 20,
    require_beta_header: bool = False,
    pattern: str = "*",
    searches: FileSearchStyle = "called",
    rewrite_model: str | None = None,
    marks: MarkStyle = "hosted",
) -> Settings:
    """Settings under which the model names of `pattern` go to `model`; `keys` maps keys to projects."""
    return Settings(
        database=f"sqlite:///{database}",
        detect_models=False,
        upstreams={
            "scripted": UpstreamSettings(
                url=model.base_url, max_retries=0, read_timeout_seconds=read_timeout_seconds
            )
        },
        routes=[RouteSettings(pattern=pattern, upstream="scripted", file_search=searches)],
        api_keys=[
            ApiKeySettings(sha256=sha256(key.encode()).hexdigest(), project=project)
            for key, project in (keys or {}).items()
        ],
        file_search=FileSearchSettings(rewrite_model=rewrite_model, marks=marks),
        engine=engine or EngineSettings(drain_seconds=0.2),
        require_beta_header=require_beta_header,
    )


@pytest.fixture
def start_server(scripted_model: ScriptedModel, tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers on one database; they are stopped at the end of the test."""
    started: list[RunningServer] = []

    def start(engine: EngineSettings | None = None, **options: object) -> RunningServer:
        settings = settings_for(scripted_model, tmp_path / "threadkeep.db", engine, **options)  # pyright: ignore[reportArgumentType]
        server = RunningServer(settings)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
    for server in started:
        server.witness.check()


@pytest.fixture
def running_server(start_server: StartServer) -> RunningServer:
    """A server that lets every key in."""
    return start_server()


@pytest.fixture
def http(running_server: RunningServer) -> Http:
    """Calls of that server."""
    return running_server.http


_PROJECTS = 1000
_project_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all tests that need none of their own; its model says the same to everybody."""
    keys = {f"sk-{number}": f"project-{number}" for number in range(_PROJECTS)}
    database = tmp_path_factory.mktemp("shared") / "threadkeep.db"
    with ScriptedModel() as model:
        server = RunningServer(settings_for(model, database, keys=keys))
        server.start()
        yield server
        server.stop()
        server.witness.check()


@pytest.fixture
def shared_http(shared_server: RunningServer) -> Http:
    """Calls of the shared server, with the key of a project that is still empty."""
    return Http(shared_server.base_url, f"sk-{next(_project_numbers)}")
