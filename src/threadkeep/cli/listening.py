"""Runs the application on a port, from the first request to the last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import signal
import socket
import sys
from collections.abc import Generator
from ipaddress import ip_address

import click
import uvicorn

from threadkeep.assembly import Application, assemble
from threadkeep.cli.connection import url_host
from threadkeep.cli.garbage import collect_seldom, keep_memory
from threadkeep.cli.welcome import print_welcome, print_worker_welcome
from threadkeep.errors import ThreadkeepError
from threadkeep.places import NodeRole, check_role
from threadkeep.server.event_loop import loop_factory
from threadkeep.server.http_protocol import HttpProtocol
from threadkeep.settings import Settings
from threadkeep.settings.loading import EffectiveSettings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
ACCEPTED_TOGETHER = 4
LOOK_SECONDS = 0.1
"""How often it is looked whether a second signal has come."""


class ListenError(ThreadkeepError):
    """The address or the port cannot be listened on."""


def listen(effective: EffectiveSettings, role: NodeRole = "all") -> None:
    """Serve until a signal asks for the end."""
    settings = effective.settings
    check_role(settings, role)
    begin_log(settings)
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in open_sockets(settings, role)]
        application = assemble(settings, effective.environ, on_progress=click.echo, role=role)
        if settings.metrics_port is not None:
            application.operations_port = listeners[-1].getsockname()[1]
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(serve_on(listeners, application, settings))


def begin_log(settings: Settings) -> None:
    """Log to standard error."""
    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT, stream=sys.stderr)


def open_sockets(settings: Settings, role: NodeRole) -> Generator[socket.socket]:
    """Where the API is served, unless the node is a worker; and where operators ask, if that has its own port."""
    if role != "worker":
        yield open_socket(settings.host, settings.port, "--port")
    if settings.metrics_port is not None:
        flag = "--port" if role == "worker" else "--metrics-port"
        yield open_socket(settings.metrics_host, settings.metrics_port, flag)


def open_socket(host: str, port: int, flag: str) -> socket.socket:
    """A socket that listens. Raises `ListenError`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or str(error)
        text = f"cannot listen on {host} port {port}: {reason}; choose another with {flag}"
        raise ListenError(text) from error


def repeated(listener: socket.socket) -> list[socket.socket]:
    """The same socket several times over: of each, uvloop accepts one connection in a pass.

    Passes take longer where many streams go on, and hundreds of callers would wait for one each. But whoever comes
    alone is asked for by all of them, and waits for that.
    """
    return [listener, *(listener.dup() for _ in range(ACCEPTED_TOGETHER - 1))]


async def serve_on(
    listeners: list[socket.socket], application: Application, settings: Settings
) -> None:
    """Start the application, serve it, and stop it whatever happens."""
    address, *more = map(address_of, listeners)
    server = Server(configuration(application, settings), application)
    async with application:
        collect_seldom()
        keep_memory()
        with server.stopped_by_signals():
            if application.role == "worker":
                print_worker_welcome(application.parts, settings, address)
            else:
                print_welcome(application.parts, settings, f"{address}/v1", *more)
            api, *others = listeners
            await server.serve(sockets=[*repeated(api), *others])


def address_of(listener: socket.socket) -> str:
    """The URL under which this machine reaches the server."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://{url_host(host)}:{port}"


def configuration(application: Application, settings: Settings) -> uvicorn.Config:
    """How uvicorn shall serve; what runs need to end, streams of them need as well."""
    return uvicorn.Config(
        application,
        http=HttpProtocol,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="debug" if settings.log_level == "debug" else "warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.engine.drain_seconds),
    )


class Server(uvicorn.Server):
    """Uvicorn that leaves signals to us: its own way ends the process before the engine stopped.

    Runs and requests are given the same time to end.
    """

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is under way come to its end; a second signal breaks that off."""
        draining = asyncio.create_task(self._application.drain())
        await super().shutdown(sockets)
        while not (draining.done() or self.force_exit):
            await asyncio.wait([draining], timeout=LOOK_SECONDS)
        draining.cancel()
        await asyncio.wait([draining])

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Take no signal."""
        yield

    @contextlib.contextmanager
    def stopped_by_signals(self) -> Generator[None]:
        """Stop on the first signal, at once on the second."""
        before = {name: signal.signal(name, self.handle_exit) for name in STOP_SIGNALS}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
