"""Exchanges: the outermost layer. Every request gets an id, the usual headers, a line in the log, and an answer."""

from __future__ import annotations

import logging
import time
from typing import Final
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadkeep.server.answer import problem_answer
from threadkeep.server.call import CallerLeftError
from threadkeep.types.ids import request_id
from threadkeep.wire.problems import server_error

REQUEST_ID: Final = "threadkeep.request_id"
"""The key under which the id of a request stands in its scope."""

_VERSION: Final = (b"openai-version", b"2020-10-01")
_CALLER_LEFT: Final = 499
_access: Final = logging.getLogger("threadkeep.access")
_errors: Final = logging.getLogger("threadkeep.server")


class Exchanges:
    """Wraps an application. What goes wrong in it is logged with the request's id, and told as a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        exchange = _Exchange(send)
        scope[REQUEST_ID] = exchange.id
        try:
            await self._app(scope, receive, exchange.send)
        except CallerLeftError:
            exchange.status = _CALLER_LEFT
        except Exception:
            _errors.exception("%s failed", exchange.id)
            if not exchange.status:  # else an answer has begun, and just breaks off
                failure = problem_answer(500, server_error(exchange.id))
                await failure.send(scope, receive, exchange.send)
        finally:
            exchange.log(scope)


class _Exchange:
    """One request and its answer."""

    def __init__(self, send: Send) -> None:
        self.id = request_id()
        self.status = 0
        self._send = send
        self._started = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                (b"x-request-id", self.id.encode()),
                _VERSION,
                (b"openai-processing-ms", b"%d" % self._elapsed_ms()),
            ]
        await self._send(message)

    def log(self, scope: Scope) -> None:
        """One line, without query and headers: they may hold what nobody else is to read."""
        if _access.isEnabledFor(logging.INFO):
            target = f"{scope['method']} {quote(scope['path'])}"
            _access.info("%s %s %d %d ms", self.id, target, self.status, self._elapsed_ms())

    def _elapsed_ms(self) -> int:
        return round((time.perf_counter() - self._started) * 1000)
