"""Progress: how far a watcher of a run has come, and how it gets what it missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from threadkeep.bus import Bus
from threadkeep.engine.event_log import (
    EventLog,
    Frame,
    Replay,
    ReplayRequest,
    RunEvent,
    decode_replay,
    encode_request,
    events_of,
    replay_subject,
)
from threadkeep.engine.past import load_past
from threadkeep.engine.retelling import Position
from threadkeep.engine.told_message import Told, rest_of
from threadkeep.errors import StorageError
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.codec import decode, encode
from threadkeep.types.message import Message

_Ask: TypeAlias = Callable[[ReplayRequest], Awaitable[Replay | None]]
LAST: Final = 2**62
"""Stands for the number of the last event of an epoch, where it is not known or does not matter."""
_REPLAY_SECONDS: Final = 1.0
_MESSAGE_DELTA: Final = "thread.message.delta"
_MESSAGE_ENDS: Final = frozenset({"thread.message.completed", "thread.message.incomplete"})
_LAST_OF_EPOCH: Final = frozenset({"thread.run.queued", "thread.run.requires_action"})
"""After one of these, what comes next belongs to the next epoch."""


class Progress:
    """One watcher of the run of `record`, who has seen everything up to `seen` and wants to go on to one of `ends`.

    `log` is that of the node's own worker, if it has one. `show` gives what a watcher sees of an event.
    """

    __slots__ = (
        "_bus",
        "_ends",
        "_log",
        "_message",
        "_project",
        "_run",
        "_seen",
        "_show",
        "_storage",
        "_told",
        "is_behind",
        "is_over",
        "trouble",
    )

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        log: EventLog | None,
        record: RunRecord,
        seen: Position,
        ends: frozenset[str],
        *,
        show: Callable[[RunEvent], RunEvent],
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._log = log
        self._project = record.project
        self._run = record.run
        self._seen = seen
        self._ends = ends
        self._message: bytes | None = None
        """The message whose deltas are told, as it was made, if it is known how far they are: to `told`."""
        self._told: Told | None = None
        self._show = show
        self.is_over = False
        self.is_behind = False
        self.trouble: StorageError | None = None

    async def beside(self) -> list[RunEvent]:
        """What the worker beside remembers, at once. It `is_behind` unless that worker tells all that comes next."""
        batch: list[RunEvent] = []
        self.is_behind = not await self._replay(self._ask_beside, batch)
        return batch

    def take(self, frames: Sequence[Frame | bytes]) -> list[RunEvent]:
        """The new events of these frames. After a gap, or a hint that there is more, it `is_behind`."""
        batch: list[RunEvent] = []
        is_complete = True
        for frame in frames:
            events = events_of(frame)
            is_complete = self._accept(events, batch) and bool(events) and is_complete
        self.is_behind = not (is_complete or self.is_over)
        return batch

    async def catch_up(self) -> list[RunEvent]:
        """What was missed: from the worker that has the run, and what it does not remember from what is kept.

        Ends early, with a `trouble`, if the storage is out of reach: nothing is lost, the next time gives the rest.
        """
        batch: list[RunEvent] = []
        self.trouble = None
        try:
            await self._catch_up(batch)
        except StorageError as error:
            self.trouble = error
        return batch

    async def _catch_up(self, batch: list[RunEvent]) -> None:
        while not self.is_over:
            record = await self._find()
            if record is None:
                self.is_over = True
            elif await self._is_caught_up(record, batch):
                return

    async def _is_caught_up(self, record: RunRecord, batch: list[RunEvent]) -> bool:
        """Add what was missed to `batch`; False if the run changed meanwhile, so that there may be more."""
        earlier = (record.epoch - 1, LAST)
        if self._seen < earlier:
            if not await self._retell(record, batch, until=earlier):
                return False
            self._seen = max(self._seen, earlier)
        if self._seen < (record.epoch, LAST) and not self.is_over:
            ask = partial(self._ask, record.worker)
            if await self._replay(ask, batch):
                return True
            if not await self._retell(record, batch, until=(record.epoch, LAST)):
                return False
        self.is_over = self.is_over or f"thread.run.{record.run.status}" in self._ends
        return True

    async def _replay(self, ask: _Ask, batch: list[RunEvent]) -> bool:
        """What a worker remembers, in as many answers as that takes; whether it will tell what comes next."""
        while not self.is_over:
            replay = await ask(ReplayRequest(self._run.id, *self._seen))
            if replay is None or not self._accept(replay.events, batch):
                return False
            if not replay.has_more:
                return replay.is_live
        return True

    async def _ask_beside(self, request: ReplayRequest) -> Replay | None:
        return self._log and self._log.replay(request)

    async def _ask(self, worker: str | None, request: ReplayRequest) -> Replay | None:
        if worker is None:
            return None
        payload, subject = encode_request(request), replay_subject(worker)
        answer = await self._bus.request(subject, payload, timeout=_REPLAY_SECONDS)
        return None if answer is None else decode_replay(answer)

    async def _retell(self, record: RunRecord, batch: list[RunEvent], *, until: Position) -> bool:
        """What is kept of the run up to `until`; False if `record` is out of date."""
        past = await load_past(self._storage, record)
        now = await self._find()
        if now is None or now.revision != record.revision:
            return False
        events = [e for e in past.events_after(self._seen) if (e.epoch, e.number) <= until]
        for event in [*self._rest_of_message(events), *events]:
            if not self.is_over:
                self._add(event, batch)
        return True

    def _rest_of_message(self, events: Sequence[RunEvent]) -> list[RunEvent]:
        """The delta that is missing before these events: only this watcher knows what it has seen of a message."""
        if self._message is None or not events or events[0].epoch != self._seen[0]:
            return []
        message_id = decode(self._message, Message).id
        number = events[0].number - 1
        ends = (decode(e.data, Message) for e in events if e.name in _MESSAGE_ENDS)
        end = next((message for message in ends if message.id == message_id), None)
        rest = end and rest_of(end, self._told)
        if rest is None or number <= self._seen[1]:
            return []
        return [RunEvent(events[0].epoch, number, _MESSAGE_DELTA, encode(rest))]

    def _accept(self, events: Sequence[RunEvent], batch: list[RunEvent]) -> bool:
        """Add the new ones of `events` to `batch`; False if some before them are missing."""
        for event in events:
            position = (event.epoch, event.number)
            if position <= self._seen or self.is_over:
                continue
            epoch, number = self._seen
            if position != ((epoch + 1, 0) if number == LAST else (epoch, number + 1)):
                return False
            self._add(event, batch)
        return True

    def _add(self, event: RunEvent, batch: list[RunEvent]) -> None:
        self._seen = (event.epoch, event.number)
        if event.told is None:
            self._note(event)
            event = self._show(event)
        else:
            self._told = event.told
        batch.append(event)

    def _note(self, event: RunEvent) -> None:
        """See what follows from an event that is no delta of a message."""
        if event.name in _LAST_OF_EPOCH:
            self._seen = (event.epoch, LAST)
        self.is_over = event.name in self._ends
        if event.name == "thread.message.created":
            self._message, self._told = event.data, None
        elif event.name in _MESSAGE_ENDS or event.name == _MESSAGE_DELTA:
            self._message = None

    async def _find(self) -> RunRecord | None:
        return await self._storage.runs.find(self._project, self._run.thread_id, self._run.id)
