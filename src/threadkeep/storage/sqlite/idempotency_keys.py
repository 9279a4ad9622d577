"""Idempotency keys in SQLite."""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.storage import KeptAnswer, KeyState
from threadkeep.storage.contract.idempotency_keys import KEPT_SECONDS
from threadkeep.storage.sqlite.connection import Database
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session
from threadkeep.types.clock import Clock

_FIND: Final = load_query("idempotency_keys/find")
_BEGIN: Final = load_query("idempotency_keys/begin")
_KEEP: Final = load_query("idempotency_keys/keep")
_RELEASE: Final = load_query("idempotency_keys/release")
_FORGET: Final = load_query("idempotency_keys/forget")


class IdempotencyKeys:
    """Idempotency keys of a project."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(
        self, project: str, key: str, fingerprint: bytes, *, hold_seconds: float
    ) -> KeptAnswer | KeyState:
        """What a request with this key is to do; `fingerprint` tells requests apart."""

        def work(session: Session) -> KeptAnswer | KeyState:
            now = self._clock.now()
            name = {"project": project, "key": key}
            row = session.row(_FIND, **name, now=now, oldest=now - KEPT_SECONDS)
            if row is not None:
                return _remembered(row[1]) if row[0] == fingerprint else "mismatch"
            until = now + hold_seconds
            session.change(_BEGIN, **name, fingerprint=fingerprint, now=now, held_until=until)
            return "fresh"

        return await self._database.write(work)

    async def keep(self, project: str, key: str, answer: KeptAnswer) -> None:
        """Remember the answer; of two, the first."""
        encoded = msgspec.msgpack.encode(answer)
        await self._database.write(
            lambda session: session.change(_KEEP, project=project, key=key, answer=encoded)
        )

    async def release(self, project: str, key: str) -> None:
        """Forget a key that has no answer, so that the request can be tried again."""
        await self._database.write(
            lambda session: session.change(_RELEASE, project=project, key=key)
        )

    async def forget(self, limit: int) -> int:
        """Forget at most `limit` keys that are older than a day; how many it was."""
        return await self._database.write(
            lambda session: session.change(
                _FORGET, oldest=self._clock.now() - KEPT_SECONDS, limit=limit
            )
        )


def _remembered(answer: bytes | None) -> KeptAnswer | KeyState:
    """What the first request with a key came to."""
    return "in_progress" if answer is None else msgspec.msgpack.decode(answer, type=KeptAnswer)
