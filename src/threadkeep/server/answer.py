"""Answers: what a handler gives back, and how it goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeAlias

import msgspec
from starlette.types import Receive, Scope, Send

from threadkeep.types.problem import Problem
from threadkeep.wire.problems import encode_problem

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

JSON: Final = (b"content-type", b"application/json")
_NO_ADDRESS: Final[Mapping[int, str]] = {404: "Invalid URL", 405: "Invalid method for URL"}
_CHALLENGE: Final = (b"www-authenticate", b'Bearer realm="Threadkeep"')


class Answer(Protocol):
    """Something that is sent as the answer to one request."""

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it."""
        ...


class WholeAnswer(msgspec.Struct, frozen=True):
    """An answer that is there as a whole; a HEAD request gets only its headers."""

    body: bytes
    status: int = 200
    headers: Headers = (JSON,)

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        length = (b"content-length", b"%d" % len(self.body))
        start = {"status": self.status, "headers": [*self.headers, length]}
        await send({"type": "http.response.start", **start})
        body = b"" if scope["method"] == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body})


def problem_answer(status: int, problem: Problem, *, with_detail: bool = False) -> WholeAnswer:
    """The error envelope."""
    headers = (JSON, _CHALLENGE) if status == 401 else (JSON,)
    return WholeAnswer(encode_problem(problem, with_detail=with_detail), status, headers)


def address_problem(status: int, scope: Scope) -> Problem:
    """Why nothing is done at an address: there is none, or it does not take the method."""
    return Problem(message=f"{_NO_ADDRESS[status]} ({scope['method']} {scope['path']})")


async def send_nothing(send: Send, headers: Headers = ()) -> None:
    """Answer 204, without a body."""
    await send({"type": "http.response.start", "status": 204, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})
