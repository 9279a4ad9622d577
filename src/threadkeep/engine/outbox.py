"""Outbox: what a run has made on its way out. It is kept in the storage first and told then, in the order it was made.

The reply of the chat model does not wait for that: it goes on while something is being kept, also while the storage is
out of reach, and what comes meanwhile is kept and told behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from threadkeep.engine.claim import Claim
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import EventLog
from threadkeep.engine.reaching import LostError
from threadkeep.engine.spans import Spans
from threadkeep.engine.turn import Parts
from threadkeep.storage import EventSpan


class Outbox:
    """Of one claim. Once that is lost, all else is dropped; `on_lost` is called when it is found out here."""

    def __init__(self, claim: Claim, log: EventLog, on_lost: Callable[[], None]) -> None:
        self._claim = claim
        self._log = log
        self._on_lost = on_lost
        self._run_id = claim.record.run.id
        self._epoch = claim.record.epoch
        self._spans = Spans(claim.record.epoch)
        self._parts = Parts()
        self._emissions: list[Emission] = []
        self._delivery: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    def put(self, parts: Parts, emissions: Sequence[Emission]) -> None:
        """Tell the emissions once these parts, and all that came before them, are kept. Raises as `delivered`."""
        self._check()
        if not parts and self._delivery is None:
            self._tell(emissions)
            return
        self._parts.extend(parts)
        self._emissions += emissions
        if self._delivery is None:
            self._delivery = asyncio.create_task(self._deliver(), name=self._run_id)

    async def delivered(self) -> None:
        """Return once everything is kept and told. Raises `LostError`, or what went wrong, and then once."""
        while self._delivery is not None:
            await asyncio.wait([self._delivery])
        self._check()

    def spans_of(self, emissions: Sequence[Emission]) -> dict[str, EventSpan]:
        """The spans of the steps that these emissions, told next, begin or end."""
        return self._spans.of(emissions, self._log.next_number(self._run_id))

    async def close(self) -> None:
        """Break off. What is not kept by now never will be."""
        if (delivery := self._delivery) is not None:
            delivery.cancel()
            await asyncio.wait([delivery])

    def _check(self) -> None:
        if self._claim.is_lost:
            raise LostError
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def _deliver(self) -> None:
        try:
            while self._parts or self._emissions:
                parts, self._parts = self._parts, Parts()
                emissions, self._emissions = self._emissions, []
                if parts:
                    await self._claim.keep(parts, self.spans_of(emissions))
                self._tell(emissions)
        except LostError:
            self._on_lost()
        except Exception as error:
            self._error = error
        finally:
            self._delivery = None

    def _tell(self, emissions: Sequence[Emission]) -> None:
        if emissions:
            self._log.append(self._run_id, self._epoch, emissions)
