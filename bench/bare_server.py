"""A bare ASGI application: the ceiling of what HTTP in Python allows.

It takes a message and answers with one, keeping nothing, and answers every GET with the bytes of the file `BENCH_PAGE`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from bench.responder import message

_ANSWER = json.dumps(message(1)).encode()
_PAGE = Path(os.environ["BENCH_PAGE"]).read_bytes() if "BENCH_PAGE" in os.environ else b""


def start(length: int) -> dict[str, Any]:
    """The message that begins an answer of JSON."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Decode the body if there is one, keep nothing, answer."""
    if scope["type"] != "http":
        return
    answer = _PAGE
    if scope["method"] == "POST":
        msgspec.json.decode((await receive())["body"])
        answer = _ANSWER
    await send(start(len(answer)))
    await send({"type": "http.response.body", "body": answer})
