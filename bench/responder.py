"""The barest HTTP server there can be, as a process of its own: canned answers, no parsing beyond the path.

`GET /v1/threads/…` a thread, `POST …/messages` a message, `GET …/messages` a page of 100, `POST …/runs` an event stream
of message deltas. Prints its port when it listens.
"""

from __future__ import annotations

import asyncio
import json
import sys
from subprocess import PIPE, Popen
from typing import Self, cast

import uvloop

DELTAS = 2_000


def message(number: int) -> dict[str, object]:
    """A message as the API has it."""
    return {
        "id": f"msg_{number:024}",
        "object": "thread.message",
        "created_at": 1_700_000_000,
        "assistant_id": None,
        "thread_id": "thread_abc",
        "run_id": None,
        "status": "completed",
        "incomplete_details": None,
        "incomplete_at": None,
        "completed_at": 1_700_000_000,
        "role": "user",
        "content": [{"type": "text", "text": {"value": "Some words. " * 12, "annotations": []}}],
        "attachments": [],
        "metadata": {},
    }


def page() -> dict[str, object]:
    """A hundred of them."""
    data = [message(number) for number in range(100)]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"], "has_more": False}
    return {"object": "list", "data": data, **ends}


def event(name: str, data: object) -> bytes:
    """An event as it travels."""
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def delta_stream() -> bytes:
    """A message that grows by `DELTAS` pieces."""
    opened = message(1) | {"status": "in_progress", "content": [], "role": "assistant"}
    pieces = [event("thread.message.created", opened)]
    for number in range(DELTAS):
        text: dict[str, object] = {"value": f" token{number % 97}"}
        if not number:
            text["annotations"] = []
        part = {"index": 0, "type": "text", "text": text}
        delta = {"id": opened["id"], "object": "thread.message.delta", "delta": {"content": [part]}}
        pieces.append(event("thread.message.delta", delta))
    return b"".join(pieces) + b"event: done\ndata: [DONE]\n\n"


def answer(body: bytes, kind: bytes = b"application/json") -> bytes:
    """A whole HTTP answer."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (
        kind,
        len(body),
        body,
    )


STREAM = b"text/event-stream; charset=utf-8"
THREAD = {"id": "thread_abc", "object": "thread", "created_at": 1, "metadata": {}}
ANSWERS = [
    (b"POST /v1/threads/thread_abc/runs", answer(delta_stream(), STREAM)),
    (b"POST /v1/threads/thread_abc/messages", answer(json.dumps(message(1)).encode())),
    (b"GET /v1/threads/thread_abc/messages", answer(json.dumps(page()).encode())),
    (b"GET /v1/threads/thread_abc", answer(json.dumps({**THREAD, "tool_resources": {}}).encode())),
]


class Responder(asyncio.Protocol):
    """Answers each request on a connection."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            _, found, length = head.partition(b"content-length: ")
            whole = end + 4 + (int(length.split(b"\r\n")[0]) if found else 0)
            if len(self._received) < whole:
                return
            line = self._received[: self._received.index(b" HTTP/")]
            self._received = self._received[whole:]
            self._transport.write(next(text for start, text in ANSWERS if line.startswith(start)))


class ResponderProcess:
    """The server in a process of its own."""

    def __enter__(self) -> Self:
        self._process = Popen([sys.executable, "-m", "bench.responder"], stdout=PIPE, text=True)
        assert self._process.stdout is not None
        self.base_url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


async def serve() -> None:
    """Listen until killed."""
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
