"""An ASGI application that shows a test what a transport sent, and answers in every awkward way."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from tests.support.scripted_reply import Gate

Message: TypeAlias = MutableMapping[str, Any]
Handler: TypeAlias = Callable[["Call"], Awaitable[None]]


class Call:
    """One request as a handler sees it."""

    def __init__(self, scope: Message, receive: Any, send: Any) -> None:
        self.scope = scope
        self.query = dict(parse_qsl(scope["query_string"].decode()))
        self.receive = receive
        self._send = send

    async def start(self, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, body: bytes = b"", *, more: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def answer(self, body: bytes, status: int = 200) -> None:
        await self.start(status, [(b"content-length", b"%d" % len(body))])
        await self.send(body)

    async def disconnected(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Gates(dict[str, Gate]):
    """Gates by name. The test and the server may name one at the same time and mean the same."""

    def __missing__(self, name: str) -> Gate:
        return self.setdefault(name, Gate())


class TransportProbe:
    """The application. Gates stand between it and the test; each is made when first named."""

    def __init__(self) -> None:
        self.gates = Gates()
        self.bytes_sent = 0
        self.connections: set[tuple[str, int]] = set()

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        call = Call(scope, receive, send)
        self.connections.add(tuple(scope["client"]))
        handler: Handler = getattr(self, "_" + scope["path"].split("/")[1])
        await handler(call)

    async def _echo(self, call: Call) -> None:
        """Answer with everything that came."""
        body = await _read(call)
        seen = {
            "method": call.scope["method"],
            "path": call.scope["path"],
            "raw_path": call.scope["raw_path"].decode(),
            "query": call.scope["query_string"].decode(),
            "headers": [(name.decode(), value.decode()) for name, value in call.scope["headers"]],
            "body": body.decode(),
        }
        await call.answer(json.dumps(seen).encode())

    async def _body(self, call: Call) -> None:
        """Send the request's body back."""
        await call.answer(await _read(call))

    async def _digest(self, call: Call) -> None:
        """Tell length and hash of a body of any size."""
        digest, length = hashlib.sha256(), 0
        while True:
            message = await call.receive()
            digest.update(message.get("body", b""))
            length += len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        await call.answer(json.dumps([length, digest.hexdigest()]).encode())

    async def _received(self, call: Call) -> None:
        """Open a gate for each byte of the body as it comes."""
        count = 0
        while True:
            message = await call.receive()
            for _ in message.get("body", b""):
                self.gates[f"received-{count}"].open()
                count += 1
            if not message.get("more_body", False):
                break
        await call.answer(b"%d" % count)

    async def _status(self, call: Call) -> None:
        """Answer with the status that the path names."""
        await call.answer(b"the body", int(call.scope["path"].split("/")[2]))

    async def _empty(self, call: Call) -> None:
        await call.start(204)
        await call.send()

    async def _redirect(self, call: Call) -> None:
        await call.start(307, [(b"location", b"/echo")])
        await call.send(b"elsewhere")

    async def _headers(self, call: Call) -> None:
        headers = [(b"X-One", b"1"), (b"x-many", b"a"), (b"X-Many", b"b")]
        await call.start(200, [*headers, (b"x-name", call.query.get("name", "Zoe").encode())])
        await call.send()

    async def _bytes(self, call: Call) -> None:
        """Send as many bytes as the query asks for, in pieces."""
        left = int(call.query["count"])
        await call.start()
        while left > 0:
            piece = b"\xe2\x82\xac" * 20_000
            await call.send(piece[:left], more=True)
            left -= len(piece)
        await call.send()

    async def _gated(self, call: Call) -> None:
        """Send three chunks, each when its gate is opened."""
        name = call.query.get("name", "chunk")
        await call.start()
        for number in range(3):
            await self.gates[f"{name}-{number}"].passed()
            await call.send(f"{name} {number}".encode(), more=True)
        await call.send()

    async def _silent(self, call: Call) -> None:
        """Never answer."""
        self.gates["arrived"].open()
        await call.disconnected()
        self.gates["gone"].open()

    async def _late(self, call: Call) -> None:
        """Begin an answer when the gate is opened, unless the other side has gone before."""
        self.gates["arrived"].open()
        gone = asyncio.create_task(call.disconnected())
        begin = asyncio.create_task(self.gates["begin"].passed())
        await asyncio.wait([gone, begin], return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await call.start()
            await call.send(b"begun", more=True)
        await gone
        begin.cancel()
        self.gates["gone"].open()

    async def _stalls(self, call: Call) -> None:
        """Begin an answer and never go on."""
        await call.start()
        await call.send(b"begun", more=True)
        self.gates["arrived"].open()
        await call.disconnected()
        self.gates["gone"].open()

    async def _breaks(self, call: Call) -> None:
        """Begin an answer and fail."""
        await call.start()
        await call.send(b"begun", more=True)
        await self.gates["break"].passed()
        message = "broken on purpose"
        raise ZeroDivisionError(message)

    async def _endless(self, call: Call) -> None:
        """Send until the other side has gone."""
        await call.start()
        gone = asyncio.create_task(call.disconnected())
        while not gone.done():
            await call.send(b"x" * 10_000, more=True)
            self.bytes_sent += 10_000
            await asyncio.sleep(0)  # a server drops what nobody reads without a pause
        self.gates["gone"].open()

    async def _fails(self, _: Call) -> None:
        message = "failed on purpose"
        raise ZeroDivisionError(message)

    async def _forgets(self, _: Call) -> None:
        """Return without an answer."""

    async def _afterwards(self, call: Call) -> None:
        """Fail when the answer is complete."""
        await call.answer(b"complete")
        message = "failed afterwards"
        raise ZeroDivisionError(message)

    async def _sleepless(self, call: Call) -> None:
        """Stay when told to go."""
        await call.start()
        await call.send(b"begun", more=True)
        try:
            await asyncio.Event().wait()
        finally:
            self.gates["stopped"].open()


async def _read(call: Call) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await call.receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
