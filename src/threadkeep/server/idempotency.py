"""Requests with an `Idempotency-Key`: done once, and answered alike for a day.

The key belongs to the project. What is kept is the first answer with a status below 500; of a stream that is the run,
whose events are then told again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from secrets import token_hex
from typing import Final

from threadkeep.errors import IdempotencyKeyBusyError, IdempotencyKeyReusedError, StorageError
from threadkeep.server import wording
from threadkeep.server.answer import Answer, WholeAnswer
from threadkeep.server.call import Call
from threadkeep.server.run_stream import RunStream, told_again
from threadkeep.server.streaming import CONTENT_TYPE
from threadkeep.storage import KeptAnswer, KeyState

_HEADER: Final = "Idempotency-Key"
_LONGEST: Final = 255
_HOLD_SECONDS: Final = 10.0
"""How long a key is held from one renewal to the next: the key of a server that died is free after that."""
_WAIT_SECONDS: Final = 11.0
"""How long the first request with a key is waited for: longer than a server that died seems to be at work."""
_LOOK_SECONDS: Final = 0.2
_REPLAYED: Final = (b"idempotent-replayed", b"true")


def idempotency_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The key among `headers` (names in lower case), or None. Raises `InvalidRequestError` if it is too long."""
    for name, value in headers:
        if name == b"idempotency-key":
            if len(value) > _LONGEST:
                raise wording.too_long(_HEADER, "string", _LONGEST, len(value))
            return value.decode("latin-1") or None
    return None


async def answer_once(call: Call, key: str, handle: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `handle` answers, or answered to the same request before.

    Raises `IdempotencyKeyReusedError` or `IdempotencyKeyBusyError`.
    """
    once = _Once(call, key)
    try:
        await call.admit_by(once.begin)
        answer = await handle()
        await once.keep(answer)
    except _AnsweredBefore as before:
        return await _answered_again(call, before.answer)
    finally:
        await once.release()
    return answer


class _AnsweredBefore(Exception):
    """There is an answer to this request already."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.answer = answer


class _Once:
    """One request and its key, which it has from `begin` on until `keep` or `release`."""

    def __init__(self, call: Call, key: str) -> None:
        self._keys = call.storage.idempotency_keys
        self._project = call.project
        self._target = call.target
        self._key = key
        self._holder = token_hex(8)
        self._has_key = False
        self._renewing: asyncio.Task[None] | None = None

    async def begin(self, content: bytes) -> None:
        """Take the key for a request with this `content`, before it changes anything."""
        fingerprint = sha256(self._target + b"\0" + content).digest()
        state = await self._state(fingerprint)
        if isinstance(state, KeptAnswer):
            raise _AnsweredBefore(state)
        if state == "mismatch":
            raise IdempotencyKeyReusedError(self._key)
        if state == "in_progress":
            raise IdempotencyKeyBusyError(self._key)
        self._has_key = True
        self._renewing = asyncio.create_task(self._renew())

    async def keep(self, answer: Answer) -> None:
        """Let the answer be the one for a day."""
        if self._has_key:
            await self._keys.keep(self._project, self._key, self._holder, _kept(answer))
            self._has_key = False

    async def release(self) -> None:
        """Let the request be tried again, unless its answer was kept."""
        if self._renewing is not None:
            self._renewing.cancel()
        if self._has_key:
            await self._keys.release(self._project, self._key, self._holder)

    async def _state(self, fingerprint: bytes) -> KeptAnswer | KeyState:
        """What there is to do, once an earlier request with the key has its answer, or has lost the key."""
        give_up_at = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while True:
            state = await self._keys.begin(
                self._project, self._key, self._holder, fingerprint, hold_seconds=_HOLD_SECONDS
            )
            if state != "in_progress" or asyncio.get_running_loop().time() > give_up_at:
                return state
            await asyncio.sleep(_LOOK_SECONDS)

    async def _renew(self) -> None:
        """Hold the key for as long as the request is worked on."""
        is_held = True
        while is_held:
            await asyncio.sleep(_HOLD_SECONDS / 3)
            with suppress(StorageError):  # the request itself will meet it
                is_held = await self._keys.hold(
                    self._project, self._key, self._holder, hold_seconds=_HOLD_SECONDS
                )


def _kept(answer: Answer) -> KeptAnswer:
    if isinstance(answer, RunStream):
        return KeptAnswer(200, [_text(CONTENT_TYPE)], answer.to_bytes())
    assert isinstance(answer, WholeAnswer), "no POST is answered otherwise"
    return KeptAnswer(answer.status, [_text(header) for header in answer.headers], answer.body)


async def _answered_again(call: Call, kept: KeptAnswer) -> Answer:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept.headers]
    if CONTENT_TYPE in headers:
        return await told_again(call, kept.body, [_REPLAYED])
    return WholeAnswer(kept.body, kept.status, [*headers, _REPLAYED])


def _text(header: tuple[bytes, bytes]) -> tuple[str, str]:
    name, value = header
    return name.decode("latin-1"), value.decode("latin-1")
