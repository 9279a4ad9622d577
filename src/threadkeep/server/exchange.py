"""Exchanges: the outermost layer. Every request gets an id, the usual headers, a line in the log, and an answer.

It is counted and traced by the route that it took, since paths hold ids and there is no end of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable
from typing import Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadkeep.errors import StorageError
from threadkeep.server.answer import problem_answer
from threadkeep.server.call import CallerLeftError
from threadkeep.telemetry import Telemetry, Tracing
from threadkeep.telemetry.tracing import Span
from threadkeep.types.ids import request_id
from threadkeep.wire.problems import server_error

REQUEST_ID: Final = "threadkeep.request_id"
"""The key under which the id of a request stands in its scope."""

_VERSION: Final = (b"openai-version", b"2020-10-01")
_CALLER_LEFT: Final = 499
_NO_ROUTE: Final = "none"
_OTHER_METHOD: Final = "_OTHER"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_access: Final = logging.getLogger("threadkeep.access")
_errors: Final = logging.getLogger("threadkeep.server")


class Exchanges:
    """Wraps an application. What goes wrong in it is logged with the request's id, and told as a problem."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._tracing = telemetry.tracing
        self._answers = telemetry.metrics.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        exchange = _Exchange(scope, send)
        span = _begin_span(self._tracing, exchange)
        with span.entered():
            try:
                await self._app(scope, receive, exchange.send)
            except Exception as error:
                await exchange.fail(error, receive)
            finally:
                self._end(exchange, span)

    def _end(self, exchange: _Exchange, span: Span) -> None:
        """Tell of the exchange whoever watches the node."""
        route = _route(exchange.scope)
        exchange.log()
        self._answers.add(exchange.method, route, exchange.status, exchange.seconds)
        if span.is_recorded:
            _describe(span, exchange, route)


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_send", "_started", "id", "method", "scope", "seconds", "status")

    def __init__(self, scope: Scope, send: Send) -> None:
        method = scope["method"]
        self.id = scope[REQUEST_ID] = request_id()
        self.method = method if method in _METHODS else _OTHER_METHOD
        self.scope = scope
        self.status = 0
        self.seconds: float | None = None
        self._send = send
        self._started = time.perf_counter()

    def send(self, message: Message) -> Awaitable[None]:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.seconds = time.perf_counter() - self._started
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.id.encode()),
                _VERSION,
                (b"openai-processing-ms", b"%d" % round(self.seconds * 1000)),
            ]
        return self._send(message)

    async def fail(self, error: Exception, receive: Receive) -> None:
        """Answer that the server is to blame, unless an answer has begun: that just breaks off."""
        if isinstance(error, CallerLeftError):
            self.status = _CALLER_LEFT
            return
        status = _log_failure(self.id, error)
        if not self.status:
            failure = problem_answer(status, server_error(self.id))
            await failure.send(self.scope, receive, self.send)

    def log(self) -> None:
        """One line, without query and headers: they may hold what nobody else is to read."""
        if _access.isEnabledFor(logging.INFO):
            target = f"{self.scope['method']} {quote(self.scope['path'])}"
            _access.info("%s %s %d %d ms", self.id, target, self.status, self._elapsed_ms())

    def _elapsed_ms(self) -> int:
        return round((time.perf_counter() - self._started) * 1000)


def _log_failure(request: str, error: Exception) -> int:
    """Log what went wrong, and tell the status that stands for it."""
    if isinstance(error, StorageError):
        _errors.error("%s failed: %s", request, error)  # each of many, in an outage
        return 503
    _errors.error("%s failed", request, exc_info=error)
    return 500


def _route(scope: Scope) -> str:
    """The template of the path, without where the API is mounted."""
    return getattr(scope.get("route"), "path", "") or _NO_ROUTE


def _begin_span(tracing: Tracing, exchange: _Exchange) -> Span:
    """The span of a request, which belongs to the caller's if the headers name one."""
    scope, method = exchange.scope, exchange.method
    carrier = tracing.carrier(scope["headers"])
    attributes = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
    return tracing.begin(method, attributes, kind="server", carrier=carrier)


def _describe(span: Span, exchange: _Exchange, route: str) -> None:
    """Tell how the request was answered."""
    ids = exchange.scope.get("path_params", {})
    span.rename(f"{exchange.method} {route}")
    span.set(
        {
            "http.route": route,
            "http.response.status_code": exchange.status,
            "gen_ai.conversation.id": ids.get("thread_id"),
            "threadkeep.run.id": ids.get("run_id"),
            "threadkeep.request.id": exchange.id,
        }
    )
    if exchange.status >= 500:
        span.fail(str(exchange.status))
