"""What is measured runs in processes of its own: servers, started once they answer, and what they take."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from urllib.error import HTTPError

from tests.support.client_environments import python_of

_START_SECONDS: Final = 30.0


class Server(NamedTuple):
    """A server process that answers."""

    pid: int
    base_url: str


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def new_folder() -> Generator[Path]:
    """A folder for a database: beside the sources, since /tmp may be no disk at all."""
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        yield Path(folder)


def kept_bytecode(folder: Path) -> dict[str, str]:
    """Settings of Python by which it keeps what it compiled, as for installed packages, but in this folder."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


@contextmanager
def serving(
    command: Sequence[str], port: int, path: str, settings: Mapping[str, str] | None = None
) -> Generator[int]:
    """A server process, once it answers at `path`, whatever it says; gives its pid."""
    environ = {**os.environ, "THREADKEEP_LOG_LEVEL": "error", **(settings or {})}
    process = Popen(command, stdout=DEVNULL, stderr=DEVNULL, env=environ)
    try:
        wait_for_answer(f"http://127.0.0.1:{port}{path}")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for_answer(url: str) -> None:
    """Return once a server answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).read()
        except HTTPError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


@contextmanager
def threadkeep_server(
    upstream: str, database: Path | str, settings: Mapping[str, str] | None = None
) -> Generator[Server]:
    """`threadkeep serve` on an SQLite file, or on the database at an address."""
    port = free_port()
    address = database if isinstance(database, str) else f"sqlite:///{database}"
    command = [sys.executable, "-m", "threadkeep", "serve", "--port", str(port)]
    command += ["--database", address, "--upstream", upstream]
    calm = {"THREADKEEP_DETECT_MODELS": "false", **(settings or {})}
    with serving(command, port, "/health/ready", calm) as pid:
        yield Server(pid, f"http://127.0.0.1:{port}/v1")


@contextmanager
def asgi_server(
    app: str, settings: Mapping[str, str] | None = None, *, python: Path | None = None
) -> Generator[Server]:
    """An ASGI application on uvicorn, set up as `threadkeep serve` sets it up."""
    port = free_port()
    command = [str(python or sys.executable), "-m", "uvicorn", app, "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level"]
    command += ["error", "--no-proxy-headers", "--backlog", "2048"]
    with serving(command, port, "/", settings) as pid:
        yield Server(pid, f"http://127.0.0.1:{port}/v1")


@contextmanager
def peer_server(app: str, settings: Mapping[str, str]) -> Generator[Server]:
    """An application of `bench.peers`, with the usual libraries in an environment of its own."""
    with asgi_server(
        f"bench.peers.{app}:app", settings, python=python_of("peers", "bench")
    ) as server:
        yield server


@contextmanager
def bare_relay(upstream: str) -> Generator[Server]:
    """The least that a relay can be."""
    with asgi_server("bench.bare_relay:app", {"BENCH_UPSTREAM": upstream}) as server:
        yield server


@contextmanager
def bare_run(upstream: str, file: Path) -> Generator[Server]:
    """The least that a relay can be whose runs do not end with their callers, and are kept in a new file."""
    environ = {"BENCH_UPSTREAM": upstream, "BENCH_FILE": str(file)}
    with asgi_server("bench.bare_run:app", environ) as server:
        yield server


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, and of its children that have ended (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_of_all(pids: Sequence[int]) -> float:
    """Of several; one that has ended in the meantime is counted with its parent."""
    total = 0.0
    for pid in pids:
        with suppress(FileNotFoundError):
            total += cpu_of(pid)
    return total


def memory_of(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
