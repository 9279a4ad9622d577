"""The events of the runs that a worker has: numbered, told to whoever follows, kept a while for who comes late."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from threadkeep.bus import Bus, Subscription
from threadkeep.engine.emission import Emission
from threadkeep.engine.told_message import Told
from threadkeep.telemetry import Metrics
from threadkeep.types.codec import encode

KEPT_SECONDS: Final = 60.0
"""How long the events of a run can be replayed after its worker is done with it."""
REPLAY_BYTES: Final = 256 * 1024
"""About how much of a run is replayed in one answer; whoever wants the rest asks again."""


class RunEvent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An event of a run. `epoch` is that of the claim, `number` counts from 0 within it; `data` is its JSON.

    `told` is how far the deltas of a message have told it, with each of them.
    """

    epoch: int
    number: int
    name: str
    data: bytes
    told: Told | None = None


class Frame(msgspec.Struct, frozen=True, gc=False):
    """Events that travel together. No events at all mean: the record of the run has changed, look at it."""

    events: Sequence[RunEvent]

    def __bytes__(self) -> bytes:
        """As they travel to another process."""
        return _encoder.encode(self.events)


class ReplayRequest(msgspec.Struct, frozen=True, array_like=True):
    """Asks a worker for the events of a run after the one with this epoch and number."""

    run_id: str
    epoch: int
    number: int


class Replay(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a `ReplayRequest`: the events that come next, and whether there are more after them.

    `is_live`: whether this worker will tell what happens next. If not, it may have forgotten what happened, too.
    """

    events: list[RunEvent]
    has_more: bool
    is_live: bool


_encoder = msgspec.msgpack.Encoder()
_events_decoder = msgspec.msgpack.Decoder(list[RunEvent])
_request_decoder = msgspec.msgpack.Decoder(ReplayRequest)
_replay_decoder = msgspec.msgpack.Decoder(Replay)


def events_subject(run_id: str) -> str:
    """Where the events of a run are published, in frames."""
    return f"ev.{run_id}"


def replay_subject(worker: str) -> str:
    """Where a worker answers `ReplayRequest`s."""
    return f"rpc.{worker}"


def numbered(epoch: int, emissions: Sequence[Emission], first: int = 0) -> list[RunEvent]:
    """The emissions as events of this epoch, numbered from `first` on."""
    events: list[RunEvent] = []
    encoded, data = None, b""
    for number, emission in enumerate(emissions, first):
        if emission.data is not encoded:  # what was made is told twice, as such and by its status
            encoded, data = emission.data, encode(emission.data)
        events.append(RunEvent(epoch, number, emission.name, data, emission.told))
    return events


def events_of(frame: Frame | bytes) -> Sequence[RunEvent]:
    """The events of a frame, in the form in which it has come."""
    return frame.events if isinstance(frame, Frame) else _events_decoder.decode(frame)


def encode_request(request: ReplayRequest) -> bytes:
    """A replay request as it travels."""
    return _encoder.encode(request)


def decode_replay(payload: bytes) -> Replay:
    """The answer to a replay request."""
    return _replay_decoder.decode(payload)


class RunLog:
    """What one claim of a run has told. Once there is a later claim, it tells nothing more."""

    __slots__ = ("_bus", "_epoch", "_subject", "events", "is_latest", "run_id")

    def __init__(self, bus: Bus, run_id: str, epoch: int) -> None:
        self.run_id = run_id
        self.events: list[RunEvent] = []
        self.is_latest = True
        self._bus = bus
        self._epoch = epoch
        self._subject = events_subject(run_id)

    def append(self, emissions: Sequence[Emission]) -> None:
        """Tell what happened, in one frame."""
        if self.is_latest:
            events = numbered(self._epoch, emissions, len(self.events))
            self.events += events
            self._bus.publish(self._subject, Frame(events))


class EventLog:
    """One per worker."""

    def __init__(self, bus: Bus, worker: str, metrics: Metrics) -> None:
        self._bus = bus
        self._worker = worker
        self._metrics = metrics
        self._runs: dict[str, RunLog] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._serving: Subscription | None = None

    async def start(self) -> None:
        """Begin to answer replay requests."""
        self._serving = await self._bus.serve(replay_subject(self._worker), self._answer)

    async def stop(self) -> None:
        """Forget everything."""
        if self._serving is not None:
            await self._serving.cancel()
        for timer in self._forgetting.values():
            timer.cancel()
        self._forgetting.clear()
        self._runs.clear()

    def open(self, run_id: str, epoch: int) -> RunLog:
        """A claim of the run begins; what an earlier one of this worker told, and may still tell, is forgotten."""
        if timer := self._forgetting.pop(run_id, None):
            timer.cancel()
        if earlier := self._runs.get(run_id):
            earlier.is_latest = False
        log = self._runs[run_id] = RunLog(self._bus, run_id, epoch)
        return log

    def nudge(self, run_id: str) -> None:
        """Make whoever follows look at the record of the run."""
        self._bus.publish(events_subject(run_id), Frame([]))

    def close(self, log: RunLog) -> None:
        """No more will come; keep it a while."""
        if log.is_latest:
            self._metrics.events.add(by=len(log.events))
            loop = asyncio.get_running_loop()
            self._forgetting[log.run_id] = loop.call_later(KEPT_SECONDS, self._forget, log.run_id)

    def _forget(self, run_id: str) -> None:
        self._runs.pop(run_id, None)
        self._forgetting.pop(run_id, None)

    def replay(self, request: ReplayRequest) -> Replay:
        """The events that are asked for."""
        run = self._runs.get(request.run_id)
        log = [] if run is None else run.events
        begin = bisect_right(log, (request.epoch, request.number), key=_position)
        end = _end_of_part(log, begin)
        is_live = run is not None and request.run_id not in self._forgetting
        return Replay(log[begin:end], has_more=end < len(log), is_live=is_live)

    def _answer(self, payload: bytes) -> bytes:
        return _encoder.encode(self.replay(_request_decoder.decode(payload)))


def _position(event: RunEvent) -> tuple[int, int]:
    return event.epoch, event.number


def _end_of_part(log: list[RunEvent], begin: int) -> int:
    """Where the events from `begin` on, at least one of them, are enough for one answer."""
    size = 0
    for index in range(begin, len(log)):
        if size >= REPLAY_BYTES:
            return index
        size += len(log[index].data)
    return len(log)
