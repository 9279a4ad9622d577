"""Outbox: what a run has made on its way out: kept in the storage and told, in the order it was made.

What ends is kept first and told then. What only begins is told at once and kept right behind: should the worker die in
between, the run begins anew and voids it either way. The reply of the chat model waits for neither: it goes on while
something is being kept, also while the storage is out of reach. What is not on its way when the run ends is kept and
told with its end, so that a reply which comes all at once costs one write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from threadkeep.engine.claim import Claim
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import RunLog
from threadkeep.engine.reaching import LostError
from threadkeep.engine.spans import Spans
from threadkeep.engine.turn import Parts
from threadkeep.storage import EventSpan


class Rest(NamedTuple):
    """What had not gone out when the run ended; `spans` are those of steps whose beginning was told."""

    parts: Parts
    spans: dict[str, EventSpan]
    emissions: Sequence[Emission]


class Outbox:
    """Of one claim. Once that is lost, all else is dropped; `on_lost` is called when it is found out here."""

    __slots__ = (
        "_claim",
        "_delivery",
        "_error",
        "_is_closing",
        "_log",
        "_on_lost",
        "_parts",
        "_spans",
        "_told",
        "_untold",
    )

    def __init__(self, claim: Claim, log: RunLog, on_lost: Callable[[], None]) -> None:
        self._claim = claim
        self._log = log
        self._on_lost = on_lost
        self._spans = Spans(claim.record.epoch)
        self._parts = Parts()
        self._told: dict[str, EventSpan] = {}
        """Of steps whose beginning was told and waits to be kept."""
        self._untold: list[Emission] = []
        self._delivery: asyncio.Task[None] | None = None
        self._is_closing = False
        self._error: Exception | None = None

    def put(self, parts: Parts | None, emissions: Sequence[Emission]) -> None:
        """Keep these parts and tell the emissions, behind all that came before. Raises as `delivered`."""
        self._check()
        if parts is None and not self._untold:  # as for nearly every token
            self._tell(emissions)
        else:
            self._put(parts or Parts(), emissions)

    async def delivered(self) -> None:
        """Return once everything is kept and told. Raises `LostError`, or what went wrong, and then once."""
        while self._delivery is not None:
            await asyncio.wait([self._delivery])
        self._check()

    async def rest(self) -> Rest:
        """What is neither kept nor on its way, once nothing is: for whoever ends the run. Raises as `delivered`."""
        self._is_closing = True
        await self.delivered()
        return Rest(self._parts, self._told, self._untold)

    def spans_of(self, emissions: Sequence[Emission]) -> dict[str, EventSpan]:
        """The spans of the steps that these emissions, told next, begin or end."""
        return self._spans.of(emissions, len(self._log.events))

    async def close(self) -> None:
        """Break off. What is not kept by now never will be."""
        self._on_lost = lambda: None  # who made this is held by it no more, and needs no collector
        if (delivery := self._delivery) is not None:
            delivery.cancel()
            await asyncio.wait([delivery])

    def _put(self, parts: Parts, emissions: Sequence[Emission]) -> None:
        if parts.have_only_begun and not self._untold:
            self._told |= self.spans_of(emissions)
            self._tell(emissions)
        else:
            self._untold += emissions
        self._parts.extend(parts)
        if self._delivery is None and (self._parts or self._untold):
            self._delivery = asyncio.create_task(self._deliver(), name=self._log.run_id)

    def _check(self) -> None:
        if self._claim.is_lost:
            raise LostError
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _deliver(self) -> None:
        try:
            for _ in range(2):  # passes in which a reply in one piece ends, to be kept at once
                await asyncio.sleep(0)
            while not self._is_closing and (self._parts or self._untold):
                count = len(self._untold)
                if self._parts:
                    await self._keep(self._untold[:count])
                self._tell(self._untold[:count])
                del self._untold[:count]
        except LostError:
            self._on_lost()
        except Exception as error:
            self._error = error
        finally:
            self._delivery = None

    async def _keep(self, emissions: Sequence[Emission]) -> None:
        """Keep the parts that are there, whose ends these emissions will tell."""
        parts, self._parts = self._parts, Parts()
        told, self._told = self._told, {}
        await self._claim.keep(parts, told | self.spans_of(emissions))

    def _tell(self, emissions: Sequence[Emission]) -> None:
        if emissions:
            self._log.append(emissions)
