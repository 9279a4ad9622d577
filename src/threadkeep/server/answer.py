"""Answers that are sent whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.types import Send

from threadkeep.types.problem import Problem
from threadkeep.wire.problems import encode_problem

Headers = Iterable[tuple[bytes, bytes]]

_JSON: Final = (b"content-type", b"application/json")
_CHALLENGE: Final = (b"www-authenticate", b'Bearer realm="Threadkeep"')


async def send_json(
    send: Send, body: bytes, *, status: int = 200, headers: Headers = (), is_head: bool = False
) -> None:
    """Answer with `body`; to a HEAD request only with its headers."""
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [_JSON, length, *headers]}
    )
    await send({"type": "http.response.body", "body": b"" if is_head else body})


async def send_problem(send: Send, status: int, problem: Problem, headers: Headers = ()) -> None:
    """Answer with the error envelope."""
    challenge = [_CHALLENGE] if status == 401 else []
    await send_json(send, encode_problem(problem), status=status, headers=[*challenge, *headers])


async def send_nothing(send: Send, headers: Headers = ()) -> None:
    """Answer 204, without a body."""
    await send({"type": "http.response.start", "status": 204, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})
