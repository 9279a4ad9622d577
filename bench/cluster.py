"""A cluster of real processes: PostgreSQL that waits for the disk, NATS, a node for the API and two that work.

What it adds to a stream is compared with one process on an SQLite file and with the model called directly. The cluster
is idle but for what is measured; what the machine does besides is in the figures, so read those of a table together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Final

import asyncpg

from bench.chat_model import chat_model
from bench.load import MESSAGE
from bench.nodes import Nodes, running_nodes
from bench.processes import cpu_of, new_folder, threadkeep_server
from threadkeep import AsyncClient
from threadkeep.settings import EngineSettings
from threadkeep.transport import Request
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport

STREAMS: Final = 100
CANCELS: Final = 60
KILLS: Final = 4
IDLE_SECONDS: Final = 20.0
_COUNTED_SECONDS: Final = 12.0
"""By then PostgreSQL has counted all that was done before."""
_LEASE_SECONDS: Final = EngineSettings().lease_seconds
AT_ONCE: Final = "20x0"
SLOWLY: Final = "200x10"
JSON: Final = {"content-type": "application/json", "authorization": "Bearer any"}
_FIRST_TOKEN: Final = b'":" '
"""Only tokens begin with a blank."""
_CANCELLED: Final = b"event: thread.run.cancelled"
_WENT_ON: Final = b"event: thread.run.restarted"
_NUMBERED: Final = {**JSON, "threadkeep-events": "numbered"}


class Stream:
    """An event stream that is being read."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._seen = b""

    async def until(self, mark: bytes) -> float:
        """The moment at which `mark` was there."""
        while mark not in self._seen:
            self._seen += await anext(self._chunks)
        return time.perf_counter()

    async def rest(self) -> None:
        """Read to the end."""
        async for _ in self._chunks:
            pass

    @property
    def run_path(self) -> str:
        """Where the run is that it tells of, as far as that has been told."""
        thread_id = _id_behind(b'"thread_id":"', self._seen)
        return f"threads/{thread_id}/runs/{self.run_id}"

    @property
    def run_id(self) -> str:
        """That of the run."""
        return "run_" + _id_behind(b'"id":"run_', self._seen)


def _id_behind(mark: bytes, text: bytes) -> str:
    return text.partition(mark)[2].partition(b'"')[0].decode()


class Server:
    """Streams runs of an assistant of its own from a server."""

    def __init__(
        self, base_url: str, assistant_id: str, transport: AsyncPyreqwestTransport
    ) -> None:
        body = b'{"assistant_id":"%b","stream":true,"thread":{"messages":[%b]}}'
        self._base_url = base_url
        self._transport = transport
        self._body = body % (assistant_id.encode(), MESSAGE)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Stream]:
        """That of a new run on a new thread."""
        request = Request("POST", f"{self._base_url}/threads/runs", _NUMBERED, self._body)
        async with self._transport.stream(request) as response:
            yield Stream(aiter(response))

    async def post(self, path: str) -> None:
        """Ask for something to be done."""
        request = Request("POST", f"{self._base_url}/{path}", JSON, b"{}")
        response = await self._transport.send(request)
        assert response.status == 200, response.body

    async def first_token(self) -> float:
        """Seconds from the request to the first token; it returns once the stream has ended."""
        began = time.perf_counter()
        async with self.stream() as stream:
            seen = await stream.until(_FIRST_TOKEN)
            await stream.rest()
        return seen - began

    async def cancelled(self) -> float:
        """Seconds from asking for the end of a run that tells tokens to the event that it has ended."""
        async with self.stream() as stream:
            await stream.until(_FIRST_TOKEN)
            began = time.perf_counter()
            asked = self.post(f"{stream.run_path}/cancel")
            seen, _ = await asyncio.gather(stream.until(_CANCELLED), asked)
            await stream.rest()
        return seen - began


async def server_at(base_url: str, transport: AsyncPyreqwestTransport, pace: str) -> Server:
    """A server, given an assistant for whom the model speaks at that pace."""
    async with AsyncClient(base_url=base_url, api_key="any") as client:
        assistant = await client.assistants.create(model=pace)
    return Server(base_url, assistant.id, transport)


async def bench_first_tokens(upstream: str, ours: Mapping[str, str], dsn: str) -> None:
    """One stream at a time, in turns with what it can be compared with; a commit is what PostgreSQL takes for one."""
    transport = AsyncPyreqwestTransport()
    body = b'{"model":"%b","stream":true,"messages":[%b]}' % (AT_ONCE.encode(), MESSAGE)
    direct = Request("POST", f"{upstream}/chat/completions", JSON, body)
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table if not exists bare (n integer)")

    async def commit() -> float:
        began = time.perf_counter()
        await connection.execute("insert into bare values (1)")
        return time.perf_counter() - began

    async def ask_directly() -> float:
        began = time.perf_counter()
        async with transport.stream(direct) as response:
            stream = Stream(aiter(response))
            seen = await stream.until(_FIRST_TOKEN)
            await stream.rest()
        return seen - began

    calls = {"a bare insert with asyncpg": commit, "the model called directly": ask_directly}
    for name, base_url in ours.items():
        calls[name] = (await server_at(base_url, transport, AT_ONCE)).first_token
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(-5, STREAMS):
        for name, call in calls.items():
            seconds = await call()
            if turn >= 0:
                taken[name].append(seconds)
    show(f"From the request to the first token, one stream at a time, {STREAMS} turns", taken)
    await connection.close()
    await transport.aclose()


async def bench_idle(nodes: Nodes) -> None:
    """CPU of nodes that nobody asks anything, and what they ask PostgreSQL."""
    await asyncio.sleep(_COUNTED_SECONDS)
    before, commits = {n: cpu_of(pid) for n, pid in nodes.pids.items()}, await _commits(nodes.dsn)
    await asyncio.sleep(IDLE_SECONDS)
    print(f"\nIdle for {IDLE_SECONDS:.0f} s\n{'':36}{'CPU %':>12}")
    for name, pid in nodes.pids.items():
        print(f"  {name:34}{(cpu_of(pid) - before[name]) / IDLE_SECONDS * 100:12.2f}")
    a_second = (await _commits(nodes.dsn) - commits) / IDLE_SECONDS
    print(f"  {'transactions a second, all nodes':34}{a_second:12.1f}", flush=True)


async def _commits(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select sum(xact_commit) from pg_stat_database"))
    finally:
        await connection.close()


async def bench_cancels(nodes: Nodes) -> None:
    """From the request to cancel to the event that the run is cancelled; the model writes a token every 10 ms."""
    transport = AsyncPyreqwestTransport()
    server = await server_at(nodes.base_url, transport, SLOWLY)
    taken = [await server.cancelled() for _ in range(CANCELS)]
    show(f"From asking to cancel to `thread.run.cancelled`, {CANCELS} times", {"cluster": taken})
    await transport.aclose()


async def bench_kills(nodes: Nodes) -> None:
    """From kill -9 of the worker that has a run to the event that another one goes on with it."""
    transport = AsyncPyreqwestTransport()
    server = await server_at(nodes.base_url, transport, SLOWLY)
    taken: list[float] = []
    for _ in range(KILLS):
        await asyncio.sleep(2 * _LEASE_SECONDS)  # who rescues must have held a lease for so long
        async with server.stream() as stream:
            await stream.until(_FIRST_TOKEN)
            name = await asyncio.to_thread(nodes.kill_holder, stream.run_id)
            began = time.perf_counter()
            taken.append(await stream.until(_WENT_ON) - began)
            await stream.rest()
        await asyncio.to_thread(nodes.replace, name)
    show(f"From kill -9 of a worker to its run going on, {KILLS} times", {"cluster": taken})
    leases = ", ".join(f"{seconds / _LEASE_SECONDS:.2f}" for seconds in sorted(taken))
    print(f"  in leases of {_LEASE_SECONDS:.0f} s: {leases}", flush=True)
    await transport.aclose()


def show(title: str, taken: Mapping[str, Sequence[float]]) -> None:
    """Print medians and the slowest, in milliseconds."""
    print(f"\n{title}\n{'':36}{'p50 ms':>12}{'p90 ms':>10}{'p99 ms':>10}")
    for name, seconds in taken.items():
        cuts = quantiles(seconds, n=100, method="inclusive")
        p50, p90, p99 = (cuts[share - 1] * 1e3 for share in (50, 90, 99))
        print(f"  {name:34}{p50:12.2f}{p90:10.2f}{p99:10.2f}", flush=True)


async def _bench() -> None:
    with (
        new_folder() as folder,
        chat_model() as model,
        threadkeep_server(model.base_url, folder / "threadkeep.db") as alone,
        running_nodes(model.base_url) as nodes,
    ):
        ours = {"threadkeep serve, SQLite": alone.base_url, "cluster": nodes.base_url}
        await bench_first_tokens(model.base_url, ours, nodes.dsn)
        await bench_idle(nodes)
        await bench_cancels(nodes)
        await bench_kills(nodes)


def bench() -> None:
    """Print all tables."""
    asyncio.run(_bench())
