"""Event streams by the hundred: when each began, when its first token came, and how long each token was under way.

The tokens are those of `bench.chat_model`, each the moment at which it was sent. The same reader reads the model's own
stream and that of every server between, so what it takes itself is in all figures alike.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple, cast

import msgspec

from bench.load import MESSAGE, ask, connect, request_bytes
from bench.measuring import ROUNDS
from bench.processes import Server, cpu_of

MODEL, OURS = "the model", "threadkeep"
"""What `targets_at` calls them."""

_TOKEN: Final = re.compile(rb'" (\d+\.\d{6})"')
_END: Final = b"[DONE]"
_LONGEST_TOKEN: Final = 64
_PATIENCE_SECONDS: Final = 60.0


class Target(NamedTuple):
    """A server, and the request that makes it stream."""

    pid: int
    url: str
    request: bytes


def directly(model: Server, pace: str) -> Target:
    """The chat model itself."""
    body = b'{"model":"%b","stream":true,"messages":[%b]}' % (pace.encode(), MESSAGE)
    url = f"{model.base_url}/chat/completions"
    return Target(model.pid, url, request_bytes("POST", url, body))


def runs_of(server: Server, assistant_id: str) -> Target:
    """Runs of an assistant, each on a new thread with a message."""
    body = b'{"assistant_id":"%b","stream":true,"thread":{"messages":[%b]}}'
    url = f"{server.base_url}/threads/runs"
    return Target(
        server.pid, url, request_bytes("POST", url, body % (assistant_id.encode(), MESSAGE))
    )


async def runs_at(server: Server, pace: str) -> Target:
    """Runs of a new assistant, for whom the chat model speaks at that pace."""
    body = b'{"model":"%b"}' % pace.encode()
    assistant = msgspec.json.decode(await ask(f"{server.base_url}/assistants", body))
    return runs_of(server, assistant["id"])


async def targets_at(
    pace: str, model: Server, others: Mapping[str, Server], ours: Server
) -> dict[str, Target]:
    """The model itself, relays that name an assistant after its model, and ours; each by its name, ours as the last."""
    return {
        MODEL: directly(model, pace),
        **{name: runs_of(server, pace) for name, server in others.items()},
        OURS: await runs_at(ours, pace),
    }


class Stream(asyncio.Protocol):
    """One stream, on a connection of its own. Times are those of `time.perf_counter`."""

    def __init__(self, request: bytes) -> None:
        self.began = 0.0
        self.first = 0.0
        self.ended = 0.0
        self.delays: list[float] = []
        self.has_begun = asyncio.Event()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._rest = b""

    @property
    def tokens(self) -> int:
        """How many have come."""
        return len(self.delays)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        text = self._rest + data
        end = 0
        for token in _TOKEN.finditer(text):
            self.delays.append(now - float(token[1]))
            end = token.end()
        if end and not self.first:
            self.first = now
            self.has_begun.set()
        if _END in text:
            self.ended = now
            self._transport.close()
        self._rest = text[max(end, len(text) - _LONGEST_TOKEN) :]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            error = None if self.ended else ConnectionError(f"broke off: {self._rest!r}")
            self.done.set_exception(error) if error else self.done.set_result(None)


class TooBusyError(RuntimeError):
    """The machine could not hold the load that was to be measured."""


class Window(NamedTuple):
    """A while in which all streams were open: its length, CPU seconds of the server, tokens of each stream."""

    seconds: float
    cpu: float
    tokens: list[int]

    @property
    def total(self) -> int:
        return sum(self.tokens)


class Watched(NamedTuple):
    """All streams, once they have ended, and the window."""

    streams: Sequence[Stream]
    window: Window

    @property
    def first_tokens(self) -> list[float]:
        """Seconds from the request to the first token."""
        return [stream.first - stream.began for stream in self.streams]

    @property
    def ends(self) -> list[float]:
        """Seconds from the request to the end."""
        return [stream.ended - stream.began for stream in self.streams]

    @property
    def delays(self) -> list[float]:
        """Seconds that each token was under way, but for the first of each stream."""
        return [delay for stream in self.streams for delay in stream.delays[1:]]


async def watch(target: Target, count: int, *, per_second: float, window: float = 0.0) -> Watched:
    """Open `count` streams, so many a second, and read them to their ends.

    The window begins when the last one has had its first token, and lasts for `window` seconds.
    """
    streams: list[Stream] = []
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        streams.append(await opened(target))
    seen = await _window(target.pid, streams, window)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await asyncio.gather(*(stream.done for stream in streams))
    return Watched(streams, seen)


async def repeat(target: Target, count: int, callers: int) -> Watched:
    """Let callers read `count` streams, each one after the other; the window is all of it."""
    streams: list[Stream] = []

    async def some() -> None:
        for _ in range(count // callers):
            streams.append(await opened(target))
            await streams[-1].done

    began, cpu = time.perf_counter(), cpu_of(target.pid)
    await asyncio.gather(*(some() for _ in range(callers)))
    took, cpu = time.perf_counter() - began, cpu_of(target.pid) - cpu
    return Watched(streams, Window(took, cpu, [stream.tokens for stream in streams]))


async def in_rounds(
    targets: Mapping[str, Target], look: Callable[[Target], Awaitable[Watched]]
) -> dict[str, list[Watched]]:
    """What is seen of each, over rounds in which all take their turn; a first round is not counted."""
    rounds: dict[str, list[Watched]] = {name: [] for name in targets}
    for number in range(ROUNDS + 1):
        for name, target in targets.items():
            watched = await look(target)
            if number:
                rounds[name].append(watched)
    return rounds


async def opened(target: Target) -> Stream:
    """One more stream, its request sent."""
    return await connect(target.url, lambda: Stream(target.request))


async def _window(pid: int, streams: Sequence[Stream], seconds: float) -> Window:
    if seconds:
        await asyncio.gather(*(stream.has_begun.wait() for stream in streams))
    before = [stream.tokens for stream in streams]
    began, cpu = time.perf_counter(), cpu_of(pid)
    await asyncio.sleep(seconds)
    took, cpu = time.perf_counter() - began, cpu_of(pid) - cpu
    tokens = [s.tokens - n for s, n in zip(streams, before, strict=True)]
    if seconds and median(tokens) == 0:
        raise TooBusyError("most streams had ended before the last one had begun")
    return Window(took, cpu, tokens)


def at(share: float, seconds: Sequence[float]) -> float:
    """The value below which a share of the figures lies, such as 0.99 of them."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def added(
    ours: Sequence[Sequence[float]], direct: Sequence[Sequence[float]], share: float
) -> float:
    """Milliseconds by which ours are later than direct ones, both at `share`: the median of all rounds."""
    pairs = zip(ours, direct, strict=True)
    return median(at(share, mine) - at(share, theirs) for mine, theirs in pairs) * 1e3
