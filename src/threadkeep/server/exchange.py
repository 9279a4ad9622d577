"""Exchanges: the outermost layer. Every request gets an id, the usual headers, a line in the log, and an answer.

It is counted and traced by the route that it took, since paths hold ids and there is no end of them.
"""

from __future__ import annotations

import logging
import time
from functools import cache
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
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_access: Final = logging.getLogger("threadkeep.access")
_errors: Final = logging.getLogger("threadkeep.server")


class Exchanges:
    """Wraps an application. What goes wrong in it is logged with the request's id, and told as a problem."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._tracing = telemetry.tracing
        self._counter = cache(telemetry.metrics.requests.labels)
        self._timer = cache(telemetry.metrics.answer_seconds.labels)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        exchange = _Exchange(send)
        scope[REQUEST_ID] = exchange.id
        span = _begin_span(self._tracing, scope)
        with span.entered():
            try:
                await self._answer(exchange, scope, receive)
            finally:
                exchange.log(scope)
                self._count(exchange, scope)
                _describe(span, exchange, scope)

    async def _answer(self, exchange: _Exchange, scope: Scope, receive: Receive) -> None:
        try:
            await self._app(scope, receive, exchange.send)
        except CallerLeftError:
            exchange.status = _CALLER_LEFT
        except StorageError as error:
            _errors.error("%s failed: %s", exchange.id, error)  # each of many, in an outage
            await _fail(exchange, 503, scope, receive)
        except Exception:
            _errors.exception("%s failed", exchange.id)
            await _fail(exchange, 500, scope, receive)

    def _count(self, exchange: _Exchange, scope: Scope) -> None:
        route = _route(scope)
        self._counter(_method(scope), route, exchange.status).inc()
        if exchange.seconds is not None:
            self._timer(route).observe(exchange.seconds)


class _Exchange:
    """One request and its answer."""

    def __init__(self, send: Send) -> None:
        self.id = request_id()
        self.status = 0
        self.seconds: float | None = None
        self._send = send
        self._started = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.seconds = time.perf_counter() - self._started
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.id.encode()),
                _VERSION,
                (b"openai-processing-ms", b"%d" % round(self.seconds * 1000)),
            ]
        await self._send(message)

    def log(self, scope: Scope) -> None:
        """One line, without query and headers: they may hold what nobody else is to read."""
        if _access.isEnabledFor(logging.INFO):
            target = f"{scope['method']} {quote(scope['path'])}"
            _access.info("%s %s %d %d ms", self.id, target, self.status, self._elapsed_ms())

    def _elapsed_ms(self) -> int:
        return round((time.perf_counter() - self._started) * 1000)


async def _fail(exchange: _Exchange, status: int, scope: Scope, receive: Receive) -> None:
    """Answer that the server is to blame, unless an answer has begun: that just breaks off."""
    if not exchange.status:
        failure = problem_answer(status, server_error(exchange.id))
        await failure.send(scope, receive, exchange.send)


def _route(scope: Scope) -> str:
    """The template of the path, without where the API is mounted."""
    return getattr(scope.get("route"), "path", "") or _NO_ROUTE


def _method(scope: Scope) -> str:
    """The method, if it is one that HTTP has."""
    method = scope["method"]
    return method if method in _METHODS else "_OTHER"


def _begin_span(tracing: Tracing, scope: Scope) -> Span:
    """The span of a request, which belongs to the caller's if the headers name one."""
    method = _method(scope)
    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    attributes = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
    return tracing.begin(method, attributes, kind="server", carrier=carrier)


def _describe(span: Span, exchange: _Exchange, scope: Scope) -> None:
    """Tell how the request was answered."""
    route = _route(scope)
    ids = scope.get("path_params", {})
    span.rename(f"{_method(scope)} {route}")
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
