"""Idempotency keys in SQLite."""

from __future__ import annotations

import asyncio
from typing import Final, TypeAlias

import msgspec

from threadkeep.storage import KeptAnswer, KeyState
from threadkeep.storage.contract.idempotency_keys import KEPT_SECONDS
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query
from threadkeep.types.clock import Clock

_FIND: Final = load_query("idempotency_keys/find")
_KEEP: Final = load_query("idempotency_keys/keep")
_FORGET: Final = load_query("idempotency_keys/forget")

_Name: TypeAlias = tuple[str, str]


class _Request:
    """A request that is being worked on, or was a moment ago."""

    def __init__(self, holder: str, fingerprint: bytes, begun_at: float, held_until: float) -> None:
        self.holder = holder
        self.fingerprint = fingerprint
        self.begun_at = begun_at
        self.held_until = held_until
        self.is_looked_up = asyncio.Event()
        self.answer: KeptAnswer | None = None

    def state(self, fingerprint: bytes) -> KeptAnswer | KeyState:
        """What it is to another one with the same key."""
        return "mismatch" if fingerprint != self.fingerprint else self.answer or "in_progress"


class IdempotencyKeys:
    """Idempotency keys of a project.

    Since this process holds the file alone, requests that are worked on stand in memory: they end with it. On disk are
    answers.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._requests: dict[_Name, _Request] = {}

    async def begin(
        self, project: str, key: str, holder: str, fingerprint: bytes, *, hold_seconds: float
    ) -> KeptAnswer | KeyState:
        """What a request with this key is to do; `fingerprint` tells requests apart."""
        name, now = (project, key), self._clock.now()
        while (other := self._requests.get(name)) is not None and now < other.held_until:
            await other.is_looked_up.wait()
            if self._requests.get(name) is other:
                return other.state(fingerprint)
        request = self._requests[name] = _Request(holder, fingerprint, now, now + hold_seconds)
        try:
            kept = await self._find(project, key, oldest=now - KEPT_SECONDS)
        except BaseException:
            self._end(name, request)
            raise
        finally:
            request.is_looked_up.set()
        if kept is None:
            return "fresh"
        self._end(name, request)
        return kept[1] if kept[0] == fingerprint else "mismatch"

    async def hold(self, project: str, key: str, holder: str, *, hold_seconds: float) -> bool:
        """Hold a key that has no answer for so long from now on; False if the holder no longer has it."""
        request = self._held((project, key), holder)
        if request is not None:
            request.held_until = self._clock.now() + hold_seconds
        return request is not None

    async def keep(self, project: str, key: str, holder: str, answer: KeptAnswer) -> None:
        """Remember the answer, if the holder still has the key; of two, the first."""
        name = (project, key)
        request = self._held(name, holder)
        if request is None:
            return
        request.answer = answer
        row = {
            "project": project,
            "key": key,
            "fingerprint": request.fingerprint,
            "begun_at": request.begun_at,
            "answer": msgspec.msgpack.encode(answer),
        }
        try:
            await self._database.write(lambda session: session.change(_KEEP, **row))
        finally:
            self._end(name, request)

    async def release(self, project: str, key: str, holder: str) -> None:
        """Forget a key that the holder still has and that has no answer."""
        request = self._held((project, key), holder)
        if request is not None:
            self._end((project, key), request)

    async def forget(self, limit: int) -> int:
        """Forget at most `limit` keys that are older than a day; how many it was."""
        return await self._database.write(
            lambda session: session.change(
                _FORGET, oldest=self._clock.now() - KEPT_SECONDS, limit=limit
            )
        )

    async def _find(
        self, project: str, key: str, *, oldest: float
    ) -> tuple[bytes, KeptAnswer] | None:
        """The fingerprint and the answer of a request that was answered before."""
        row = await self._database.read(
            lambda session: session.row(_FIND, project=project, key=key, oldest=oldest)
        )
        return None if row is None else (row[0], msgspec.msgpack.decode(row[1], type=KeptAnswer))

    def _held(self, name: _Name, holder: str) -> _Request | None:
        """The request that the holder still works on."""
        request = self._requests.get(name)
        is_held = request is not None and request.holder == holder and request.answer is None
        return request if is_held else None

    def _end(self, name: _Name, request: _Request) -> None:
        """Let go of it, unless another one has taken its place."""
        if self._requests.get(name) is request:
            del self._requests[name]
