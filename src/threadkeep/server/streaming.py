"""Event streams: the events of a run as an answer, while they happen (contract §7.1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Container, Sequence
from contextlib import aclosing, suppress
from typing import Final

import msgspec
from starlette.types import Message, Receive, Scope, Send

from threadkeep.engine.emission import RESTARTED
from threadkeep.engine.event_log import RunEvent
from threadkeep.engine.follower import LeavingError
from threadkeep.server.answer import Headers
from threadkeep.server.event_id import event_id
from threadkeep.server.exchange import REQUEST_ID
from threadkeep.types.problem import Problem
from threadkeep.wire.problems import server_error
from threadkeep.wire.sse import encode_event

CONTENT_TYPE: Final = (b"content-type", b"text/event-stream; charset=utf-8")
_HEADERS: Final = (CONTENT_TYPE, (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
_DONE: Final = encode_event("done", b"[DONE]")
_log: Final = logging.getLogger("threadkeep.server")


class EventStream:
    """Events to be sent: first those that the request itself caused, then those of the run, the first batch at once.

    Events that are there together are sent together. A watcher that is slow or leaves does not touch the run.
    `is_numbered`: with their ids, and with the events that only those know who asked for them. `ends`: the names of the
    events behind which nothing follows.
    """

    __slots__ = ("_ends", "_following", "_headers", "_is_numbered", "opening")

    def __init__(
        self,
        opening: Sequence[RunEvent],
        following: AsyncGenerator[list[RunEvent]],
        *,
        is_numbered: bool,
        ends: Container[str] = (),
        headers: Headers = (),
    ) -> None:
        self.opening = opening
        self._following = following
        self._is_numbered = is_numbered
        self._ends = ends
        self._headers = [*_HEADERS, *headers]

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or until the watcher leaves; a HEAD request gets only its headers."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        if scope["method"] == "HEAD":
            return await send({"type": "http.response.body", "body": b""})
        telling = asyncio.create_task(self._tell(scope[REQUEST_ID], send))
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                with suppress(OSError):  # so a server says that the watcher left just now
                    telling.result()
        finally:
            telling.cancel()
            leaving.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    async def _tell(self, request_id: str, send: Send) -> None:
        """Send the opening with what is there by now, what follows as it comes, and what says that nothing follows."""
        unsent, last = self._encoded(self.opening), _DONE
        async with aclosing(self._following) as batches:
            try:
                async for batch in batches:
                    unsent += self._encoded(batch)
                    if batch and batch[-1].name in self._ends:
                        break
                    await send(_part(unsent))
                    unsent = b""
            except LeavingError:
                last = b""  # whoever has numbers goes on at another node, or at the next start
            except OSError:  # the watcher left just now
                raise
            except Exception:
                _log.exception("%s: the events of a run broke off", request_id)
                last = encode_event("error", _error_data(server_error(request_id))) + _DONE
        await send(_part(unsent + last, more=False))

    def _encoded(self, events: Sequence[RunEvent]) -> bytes:
        encoded: list[bytes] = []
        for event in events:
            if self._is_numbered:
                encoded.append(encode_event(event.name, event.data, id=event_id(event)))
            elif event.name != RESTARTED:
                encoded.append(encode_event(event.name, event.data))
        return b"".join(encoded)


def _part(data: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error_data(problem: Problem) -> bytes:
    """In both forms at once, flat and nested, since clients differ in where they look (contract §7.3 J)."""
    return msgspec.json.encode({"error": problem, **msgspec.structs.asdict(problem)})
