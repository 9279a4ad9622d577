"""Endpoint: everything that one path of the API answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from threadkeep.errors import MissingError, Refusal
from threadkeep.server.answer import (
    JSON,
    Answer,
    WholeAnswer,
    address_problem,
    problem_answer,
    send_nothing,
)
from threadkeep.server.backend import Backend
from threadkeep.server.beta import check_beta
from threadkeep.server.call import Call
from threadkeep.server.idempotency import answer_once, idempotency_key
from threadkeep.server.parents import check_parents
from threadkeep.wire.problems import encode_problem, refusal_to_problem

Handler: TypeAlias = Callable[[Call], Awaitable[bytes | Answer]]
"""Answers one call: with bytes, which are JSON, or with something that knows how it is sent."""
Handlers: TypeAlias = Mapping[str, Handler]
"""The handler of each method."""

_FILES: Final = "/files"
_BETA: Final = ("/assistants", "/threads")
"""What the hosted service serves only to those who send the header `OpenAI-Beta`."""
_FOR_ANY_PAGE: Final = (b"access-control-allow-origin", b"*")


class Endpoint:
    """An ASGI application for one path: finds the handler, the project, and the words for a refusal."""

    def __init__(self, backend: Backend, path: str, handlers: Handlers) -> None:
        self.path: Final = path
        """The template, relative to where the API is mounted."""
        self._backend = backend
        self._handlers = {**handlers, "HEAD": handlers["GET"]} if "GET" in handlers else handlers
        self._allowed = (b"allow", ", ".join([*self._handlers, "OPTIONS"]).encode())
        self._is_of_files = path.startswith(_FILES)
        self._requires_beta = backend.require_beta_header and path.startswith(_BETA)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            return await self._answer_other_method(scope, receive, send)
        try:
            call = self._admitted(scope, receive)
            answer = await self._answer(handler, call, scope)
        except Refusal as refusal:
            answer = self._refused(refusal)
        return await answer.send(scope, receive, _for_any_page(send) if self._is_of_files else send)

    def _admitted(self, scope: Scope, receive: Receive) -> Call:
        """The call of somebody who has a key. Raises a `Refusal`."""
        headers = scope["headers"]
        project = self._backend.authenticator.project_of(headers)
        check_beta(headers, is_required=self._requires_beta)
        return Call(self._backend, project, scope, receive)

    def _answer(self, handler: Handler, call: Call, scope: Scope) -> Awaitable[Answer]:
        if scope["method"] == "POST" and (key := idempotency_key(scope["headers"])):
            return answer_once(call, key, lambda: self._handled(handler, call))
        return self._handled(handler, call)

    async def _handled(self, handler: Handler, call: Call) -> Answer:
        try:
            answer = await handler(call)
        except Refusal as refusal:
            return self._refused(await _told_from_outside(refusal, call))
        return WholeAnswer(answer) if isinstance(answer, bytes) else answer

    def _refused(self, refusal: Refusal) -> Answer:
        status, problem = refusal_to_problem(refusal)
        return problem_answer(status, problem, with_detail=self._is_of_files)

    async def _answer_other_method(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            return await send_nothing(send, [self._allowed])
        problem = address_problem(405, scope)
        refused = WholeAnswer(encode_problem(problem), 405, (JSON, self._allowed))
        return await refused.send(scope, receive, send)


async def _told_from_outside(refusal: Refusal, call: Call) -> Refusal:
    """Why the call is refused. If something is missing, the outermost that is missing is told."""
    if isinstance(refusal, MissingError):
        try:
            await check_parents(call)
        except MissingError as outer:
            return outer
    return refusal


def _for_any_page(send: Send) -> Send:
    """Let pages of any site read the answer, as the hosted service does for files alone."""

    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], _FOR_ANY_PAGE]
        await send(message)

    return send_with_header
