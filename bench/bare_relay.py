"""A bare relay: the ceiling of what passing on a chat model's stream costs with uvicorn and asyncio.

One task for each stream reads the chunks, as Threadkeep reads them, and sends each as an event. Nothing is kept,
numbered or remembered, nobody else can follow, and the stream ends with the connection.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from threadkeep.inference.completion_chunk import ReplyReader
from threadkeep.transport import Request
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport
from threadkeep.types.delta import (
    ContentDelta,
    MessageDelta,
    MessageDeltaContent,
    TextDelta,
    TextDeltaValue,
)
from threadkeep.wire.sse import encode_event

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}
_transport = AsyncPlainHTTPTransport()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Ask the model that the assistant is named after."""
    if (asked := await asked_of(scope, receive, send)) is not None:
        await _relay(asked, send)


async def asked_of(scope: Any, receive: Any, send: Any) -> dict[str, Any] | None:
    """What is asked for; None if it is only asked whether anybody is there, which is answered."""
    if scope["type"] != "http":
        return None
    if scope["method"] != "GET":
        return msgspec.json.decode((await receive())["body"])
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    return None


async def _relay(asked: dict[str, Any], send: Any) -> None:
    body = {"model": asked["assistant_id"], "stream": True, "messages": asked["thread"]["messages"]}
    url = f"{os.environ['BENCH_UPSTREAM']}/chat/completions"
    reader = ReplyReader()
    await send(START)
    async with _transport.stream(Request("POST", url, {}, msgspec.json.encode(body))) as response:
        async for data in response:
            if told := b"".join(_event(c.text) for c in reader.feed(data) if c.text):
                await send({"type": "http.response.body", "body": told, "more_body": True})
    await send({"type": "http.response.body", "body": encode_event("done", b"[DONE]")})


def delta(text: str) -> bytes:
    """The data of the event that tells of this text."""
    content: list[ContentDelta] = [TextDelta(index=0, text=TextDeltaValue(value=text))]
    return msgspec.json.encode(MessageDelta(id="msg_1", delta=MessageDeltaContent(content=content)))


def _event(text: str) -> bytes:
    return encode_event("thread.message.delta", delta(text))
