"""What a storage does with idempotency keys, by which a server knows that two requests are one."""

from __future__ import annotations

from typing import Final, Literal, Protocol, TypeAlias

import msgspec

KEPT_SECONDS: Final = 24 * 60 * 60
"""How long a key is remembered, counted from its first request."""


class KeptAnswer(msgspec.Struct, frozen=True):
    """What the first request with the key was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


KeyState: TypeAlias = Literal["fresh", "in_progress", "mismatch"]
"""`fresh`: it is yours to do; `in_progress`: the first request is not answered yet; `mismatch`: it was another one."""


class IdempotencyKeys(Protocol):
    """Idempotency keys of a project. All times are by the storage's own clock."""

    async def begin(
        self, project: str, key: str, holder: str, fingerprint: bytes, *, hold_seconds: float
    ) -> KeptAnswer | KeyState:
        """What a request with this key is to do; `fingerprint` tells requests apart, `holder` who makes them.

        A `fresh` key is held until `keep` or `release`, but no longer than `hold_seconds`: after that whoever had it
        is taken for dead, and the next one finds it fresh again. If it comes back, it keeps and releases nothing.
        """
        ...

    async def hold(self, project: str, key: str, holder: str, *, hold_seconds: float) -> bool:
        """Hold a key that has no answer for so long from now on; False if the holder no longer has it."""
        ...

    async def keep(self, project: str, key: str, holder: str, answer: KeptAnswer) -> None:
        """Remember the answer, if the holder still has the key; of two, the first."""
        ...

    async def release(self, project: str, key: str, holder: str) -> None:
        """Forget a key that the holder still has and that has no answer, so that the request can be tried again."""
        ...

    async def forget(self, limit: int) -> int:
        """Forget at most `limit` keys that are older than a day; how many it was."""
        ...
