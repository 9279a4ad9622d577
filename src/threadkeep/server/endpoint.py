"""Endpoint: everything that one path of the API answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from threadkeep.errors import MissingError, Refusal
from threadkeep.server.answer import send_json, send_nothing, send_problem
from threadkeep.server.backend import Backend
from threadkeep.server.call import Call
from threadkeep.server.parents import check_parents
from threadkeep.server.streaming import EventStream
from threadkeep.wire.problems import refusal_to_problem

Answer: TypeAlias = bytes | EventStream
"""JSON, or events as they happen."""
Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
Handlers: TypeAlias = Mapping[str, Handler]
"""The handler of each method."""


class Endpoint:
    """An ASGI application for one path: finds the handler, the project, and the words for a refusal."""

    def __init__(self, backend: Backend, handlers: Handlers) -> None:
        self._backend = backend
        self._handlers = {**handlers, "HEAD": handlers["GET"]} if "GET" in handlers else handlers
        self._allowed = ", ".join([*self._handlers, "OPTIONS"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method: str = scope["method"]
        handler = self._handlers.get(method)
        if handler is None:
            return await self._answer_other_method(method, send)
        try:
            project = self._backend.authenticator.project_of(scope["headers"])
            answer = await _handled(handler, Call(self._backend, project, scope, receive))
        except Refusal as refusal:
            return await send_problem(send, *refusal_to_problem(refusal))
        if isinstance(answer, EventStream):
            return await answer.send(scope, receive, send)
        return await send_json(send, answer, is_head=method == "HEAD")

    async def _answer_other_method(self, method: str, send: Send) -> None:
        if method != "OPTIONS":
            raise HTTPException(405, headers={"allow": self._allowed})
        await send_nothing(send, [(b"allow", self._allowed.encode())])


async def _handled(handler: Handler, call: Call) -> Answer:
    """What `handler` answers. If something is missing, the outermost that is missing is told."""
    try:
        return await handler(call)
    except MissingError:
        await check_parents(call)
        raise
