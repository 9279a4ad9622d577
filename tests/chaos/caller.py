"""A caller: asks servers that may be gone at any moment, and asks again until one answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

from tests.support.uploads import FORM
from threadkeep.errors import APIConnectionError
from threadkeep.transport import Request, Timeout
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport
from threadkeep.wire.sse import SSEParser

PAUSE_SECONDS = 0.05
_TIMEOUT = Timeout(connect=2.0, read=20.0)


class NoAnswerError(AssertionError):
    """No server gave an answer for too long."""


class BrokenStreamError(Exception):
    """A stream ended before it was over, or never began."""


class Answer(NamedTuple):
    """What came back, and how often it was asked for."""

    status: int
    body: bytes
    tries: int = 1

    @property
    def is_held(self) -> bool:
        """Whether the first request with this key may still be at work, on a server that died."""
        return self.status == HTTPStatus.CONFLICT

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Streamed(NamedTuple):
    """An event as it came."""

    name: str
    data: Any
    id: str | None


class Caller:
    """Calls the API at any of `urls`, each of which ends in `/v1`. A body of bytes is a form."""

    def __init__(self, urls: Sequence[str], *, patience_seconds: float = 30.0) -> None:
        self._transport = AsyncPyreqwestTransport()
        self._urls = itertools.cycle(urls)
        self._url = next(self._urls)
        self._patience_seconds = patience_seconds

    async def close(self) -> None:
        """Hang up."""
        await self._transport.aclose()

    async def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = await self.call(method, path, body)
        assert answer.status == 200, f"{method} {path}: {answer}"
        return answer.json

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """The first answer that is no failure of a server's. What is asked again bears the same key."""
        key, deadline = new_key(), time.monotonic() + self._patience_seconds
        for tries in itertools.count(1):
            answer = await self.once(method, path, body, key=key)
            if answer is not None and answer.status < 500 and not answer.is_held:
                return answer._replace(tries=tries)
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(PAUSE_SECONDS)
        raise NoAnswerError(f"{method} {path}: {answer} after {self._patience_seconds} s")

    async def once(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Answer | None:
        """The answer to a single request; None if there was none."""
        request = self._request(method, path, body, key)
        try:
            response = await self._transport.send(request)
        except APIConnectionError:
            self._turn_from(request)
            return None
        return Answer(response.status, response.body)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[AsyncIterator[Streamed] | Answer]:
        """The events of a streamed call, or its answer if it is none. Raises `BrokenStreamError` if it breaks off."""
        request = self._request(method, path, body, key, headers or {})
        try:
            async with self._transport.stream(request) as response:
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    yield _events(response)
                else:
                    yield Answer(response.status, await response.read())
        except APIConnectionError as error:
            self._turn_from(request)
            raise BrokenStreamError(str(error)) from error

    def _turn_from(self, request: Request) -> None:
        """Go on at another server, unless somebody who failed there too has turned away already."""
        if request.url.startswith(self._url):
            self._url = next(self._urls)

    def _request(
        self,
        method: str,
        path: str,
        body: Any,
        key: str | None,
        more_headers: dict[str, str] | None = None,
    ) -> Request:
        headers = {"authorization": "Bearer sk-chaos", **(more_headers or {})}
        if body is not None:
            headers["content-type"] = FORM if isinstance(body, bytes) else "application/json"
        if key is not None and method == "POST":
            headers["idempotency-key"] = key
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return Request(method, self._url + path, headers, data, _TIMEOUT)


def new_key() -> str:
    """A key by which servers know a request again."""
    return secrets.token_hex(8)


async def _events(response: Any) -> AsyncIterator[Streamed]:
    """The events up to `done`."""
    parser = SSEParser()
    async for chunk in response:
        for event in parser.feed(chunk):
            if event.event == "done":
                return
            yield Streamed(event.event, json.loads(event.data), event.id)
    raise BrokenStreamError("the stream ended without `done`")
