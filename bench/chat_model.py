"""A chat model that speaks at a set pace, as a process of its own: the name asked for says how.

`60x50` is a reply of 60 tokens, one at once and then one every 50 ms, each in a chunk of its own; `20x0` sends all 20
together. Each token is the moment at which it was sent, by the clock that all processes of a machine share, so that a
reader can tell how long it was under way.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Final, cast

import uvloop

from bench.processes import Server

_PACE: Final = re.compile(rb'"model":\s*"(\d+)x(\d+)"')
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_CHUNK: Final = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m",'
    b'"choices":[{"index":0,"delta":%b,"finish_reason":%b}]}\n\n'
)
_USAGE: Final = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m",'
    b'"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}\n\n'
)
_MODELS: Final = b'{"object":"list","data":[]}'
"""None, so that any name reaches it as it is."""


def _in_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _token() -> bytes:
    delta = b'{"content":" %.6f"}' % time.perf_counter()
    return _in_chunk(_CHUNK % (delta, b"null"))


_END: Final = _in_chunk(_CHUNK % (b"{}", b'"stop"') + _USAGE + b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Speaker(asyncio.Protocol):
    """Answers the requests of a connection, one after the other."""

    def __init__(self) -> None:
        self._received = b""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        self._received = b""
        if pace := _PACE.search(body):
            self._transport.write(_HEAD)
            self._speak(int(pace[1]), int(pace[2]) / 1000, self._loop.time())
        else:
            text = (
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            )
            self._transport.write(text % (len(_MODELS), _MODELS))

    def _speak(self, left: int, seconds: float, now: float) -> None:
        """Say the next token, and all that are left where there is no pause between them."""
        said = 1 if seconds else left
        last = _END if left == said else b""
        self._transport.write(b"".join(_token() for _ in range(said)) + last)
        if not last:
            due = now + seconds
            self._timer = self._loop.call_at(due, self._speak, left - said, seconds, due)


@contextmanager
def chat_model() -> Generator[Server]:
    """The process, once it listens."""
    process = Popen([sys.executable, "-m", "bench.chat_model"], stdout=PIPE, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        yield Server(process.pid, f"http://127.0.0.1:{port}/v1")
    finally:
        process.kill()
        process.wait()


async def serve() -> None:
    """Speak until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Speaker, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
