"""A bare ASGI application that takes a message and answers with one: the ceiling of what HTTP in Python allows."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from bench.responder import message

_ANSWER = json.dumps(message(1)).encode()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Decode the body, keep nothing, answer."""
    if scope["type"] == "http":
        msgspec.json.decode((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _ANSWER})
