"""Idempotency keys in PostgreSQL: a row from the first request on, so that any node may meet the second."""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.storage import KeptAnswer, KeyState
from threadkeep.storage.contract.idempotency_keys import KEPT_SECONDS
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.given_time import given_now
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Row, Session
from threadkeep.types.clock import Clock

_BEGIN: Final = load_query("idempotency_keys/begin")
_FIND: Final = load_query("idempotency_keys/find")
_HOLD: Final = load_query("idempotency_keys/hold")
_KEEP: Final = load_query("idempotency_keys/keep")
_RELEASE: Final = load_query("idempotency_keys/release")
_FORGET: Final = load_query("idempotency_keys/forget")


class IdempotencyKeys:
    """Idempotency keys of a project."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock

    async def begin(
        self, project: str, key: str, holder: str, fingerprint: bytes, *, hold_seconds: float
    ) -> KeptAnswer | KeyState:
        """What a request with this key is to do; `fingerprint` tells requests apart."""
        name = {"project": project, "key": key}
        row = name | {
            "holder": holder,
            "fingerprint": fingerprint,
            "hold_seconds": hold_seconds,
        }

        async def work(session: Session) -> KeptAnswer | KeyState:
            now = given_now(self._clock)
            if await session.change(_BEGIN, **row, now=now, kept_seconds=KEPT_SECONDS):
                return "fresh"
            # The refused insert has locked the row, so it is still there.
            (earlier,) = await session.rows(_FIND, **name)
            return _state(earlier, fingerprint)

        return await self._database.write(work)

    async def hold(self, project: str, key: str, holder: str, *, hold_seconds: float) -> bool:
        """Hold a key that has no answer for so long from now on; False if the holder no longer has it."""
        held = {"project": project, "key": key, "holder": holder}
        now = given_now(self._clock)
        changed = await self._database.write(
            lambda session: session.change(_HOLD, **held, hold_seconds=hold_seconds, now=now)
        )
        return changed == 1

    async def keep(self, project: str, key: str, holder: str, answer: KeptAnswer) -> None:
        """Remember the answer, if the holder still has the key; of two, the first."""
        held = {"project": project, "key": key, "holder": holder}
        kept = msgspec.msgpack.encode(answer)
        await self._database.write(lambda session: session.change(_KEEP, **held, answer=kept))

    async def release(self, project: str, key: str, holder: str) -> None:
        """Forget a key that the holder still has and that has no answer."""
        held = {"project": project, "key": key, "holder": holder}
        await self._database.write(lambda session: session.change(_RELEASE, **held))

    async def forget(self, limit: int) -> int:
        """Forget at most `limit` keys that are older than a day; how many it was."""
        now = given_now(self._clock)
        return await self._database.write(
            lambda session: session.change(_FORGET, now=now, kept_seconds=KEPT_SECONDS, limit=limit)
        )


def _state(earlier: Row, fingerprint: bytes) -> KeptAnswer | KeyState:
    """What an earlier request is to another one with the same key."""
    its_fingerprint, answer = earlier
    if its_fingerprint != fingerprint:
        return "mismatch"
    return "in_progress" if answer is None else msgspec.msgpack.decode(answer, type=KeptAnswer)
