"""The server against what it could be at best: a bare ASGI endpoint, and the model called directly.

Both servers run on uvicorn in processes of their own; CPU is that of the server's process.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory

from bench.measuring import ROUNDS, Figure, cpu_of, measure, middle, show
from bench.responder import ResponderProcess
from threadkeep import AsyncClient
from threadkeep.transport import Request
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport

CALLERS = 64
MESSAGES = 3_200
RUNS = 160
RUN_CALLERS = 16
JSON = {"content-type": "application/json", "authorization": "Bearer any"}
BODY = b'{"role":"user","content":"%s"}' % (b"Some words. " * 12)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def serving(
    command: list[str], port: int, path: str, settings: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A server process, once it answers at `path`; gives its pid."""
    environ = {**os.environ, "THREADKEEP_LOG_LEVEL": "error", **(settings or {})}
    process = Popen(command, stdout=DEVNULL, stderr=DEVNULL, env=environ)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).read()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def threadkeep_server(upstream: str, folder: Path) -> Iterator[tuple[int, str]]:
    """`threadkeep serve` on a new file."""
    port = free_port()
    command = [sys.executable, "-m", "threadkeep", "serve", "--port", str(port)]
    command += ["--database", f"sqlite:///{folder / 'bench.db'}", "--upstream", upstream]
    with serving(command, port, "/health") as pid:
        yield pid, f"http://127.0.0.1:{port}/v1"


@contextmanager
def bare_server() -> Iterator[tuple[int, str]]:
    """The bare application on uvicorn."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.bare_server:app", "--port", str(port)]
    command += ["--no-access-log", "--lifespan", "off", "--log-level", "error"]
    # Any answer will do: this endpoint only takes bodies.
    with serving([*command, "--no-proxy-headers"], port, "/") as pid:
        yield pid, f"http://127.0.0.1:{port}"


async def bench_messages(bare: tuple[int, str], ours: tuple[int, str], thread: str) -> None:
    """Durable creation of messages."""
    transport = AsyncPyreqwestTransport()
    url = f"{ours[1]}/threads/{thread}/messages"
    keys = count()

    def with_key() -> Request:
        return Request("POST", url, {**JSON, "idempotency-key": f"key-{next(keys)}"}, BODY)

    targets: dict[str, tuple[int, Callable[[], Request]]] = {
        "bare ASGI, nothing kept": (bare[0], lambda: Request("POST", f"{bare[1]}/", JSON, BODY)),
        "threadkeep serve, SQLite FULL": (ours[0], lambda: Request("POST", url, JSON, BODY)),
        "the same with an Idempotency-Key": (ours[0], with_key),
    }
    rounds: dict[str, list[Figure]] = {name: [] for name in targets}
    for number in range(ROUNDS + 1):
        for name, (pid, request) in targets.items():
            figure = await measure(
                lambda request=request: transport.send(request()),
                MESSAGES,
                CALLERS,
                lambda pid=pid: cpu_of(pid),
            )
            if number:
                rounds[name].append(figure)
    figures = {name: middle(taken) for name, taken in rounds.items()}
    show(f"Create a message over HTTP, {CALLERS} callers, CPU of the server", figures)
    await transport.aclose()


async def bench_runs(upstream: str, ours: tuple[int, str]) -> None:
    """Streamed runs of 20 tokens: CPU of the server, and the time that it adds to the model's own."""
    transport = AsyncPyreqwestTransport()
    body = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
    direct = Request("POST", f"{upstream}/chat/completions", JSON, body)
    async with AsyncClient(base_url=ours[1], api_key="any") as client:
        assistant = await client.assistants.create(model="m")
        url = f"{ours[1]}/threads/runs"
        run_body = b'{"assistant_id":"%s","stream":true,"thread":{"messages":[%s]}}' % (
            assistant.id.encode(),
            BODY,
        )
        ours_request = Request("POST", url, JSON, run_body)

        async def first_and_last(request: Request, mark: bytes) -> tuple[float, float]:
            began = time.perf_counter()
            first, seen = 0.0, b""
            async with transport.stream(request) as response:
                async for data in response:
                    seen = seen if first else seen + data
                    if not first and mark in seen:
                        first = time.perf_counter() - began
            return first, time.perf_counter() - began

        async def stream(request: Request) -> None:
            await first_and_last(request, b"token0")

        figures = [
            await measure(lambda: stream(ours_request), RUNS, RUN_CALLERS, lambda: cpu_of(ours[0]))
            for _ in range(ROUNDS + 1)
        ]
        show(
            f"Streamed runs of 20 tokens, {RUN_CALLERS} callers, CPU of the server",
            {"threadkeep serve, SQLite FULL": middle(figures[1:])},
        )
        times: dict[str, list[tuple[float, float]]] = {"direct": [], "through threadkeep": []}
        for _ in range(40):
            times["direct"].append(await first_and_last(direct, b"token0"))
            times["through threadkeep"].append(await first_and_last(ours_request, b"token0"))
        print(
            f"\nOne stream at a time, milliseconds, medians of 40\n{'':36}{'first token':>12}{'end':>9}"
        )
        for name, taken in times.items():
            first, last = (median(values) * 1e3 for values in zip(*taken, strict=True))
            print(f"  {name:34}{first:12.2f}{last:9.2f}", flush=True)
    await transport.aclose()


async def _bench() -> None:
    with (
        TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder,
        ResponderProcess() as responder,
        bare_server() as bare,
        threadkeep_server(responder.base_url, Path(folder)) as ours,
    ):
        async with AsyncClient(base_url=ours[1], api_key="any") as client:
            thread = await client.threads.create()
        await bench_messages(bare, ours, thread.id)
        await bench_runs(responder.base_url, ours)


def bench() -> None:
    """Print all tables."""
    asyncio.run(_bench())
