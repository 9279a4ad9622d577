"""Executor: drives one claimed run to where it ends, or waits for the caller.

What becomes of the run is decided first (`_decide` gives an `Ending`) and then done (`_settle` writes and tells it).
Every write carries the fence of the claim; once one is refused because the run belongs to somebody else, nothing more
is written and nothing more is told. That the storage is out of reach ends nothing: it is asked again for as long as the
claim can be ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Literal, TypeAlias

import msgspec

from threadkeep.bus import Bus
from threadkeep.engine import emission, lifecycle
from threadkeep.engine.budget import Budget, budget_of, exhausted_limit, tool_room
from threadkeep.engine.claim import Claim
from threadkeep.engine.context import chat_request
from threadkeep.engine.emission import Emission
from threadkeep.engine.event_log import EventLog
from threadkeep.engine.history import History, load_history
from threadkeep.engine.images import Images
from threadkeep.engine.last_error import SOMETHING_WENT_WRONG, last_error_of
from threadkeep.engine.outbox import Outbox
from threadkeep.engine.parts import Interruption
from threadkeep.engine.past import load_past
from threadkeep.engine.reaching import LostError
from threadkeep.engine.signals import WAKE_SUBJECT, wake_up
from threadkeep.engine.tool_calls import ServerCall
from threadkeep.engine.toolbox import Toolbox, next_number
from threadkeep.engine.turn import Answered, CalledTools, RanOut, Turn, WentWrong
from threadkeep.errors import ChatModelError
from threadkeep.inference import ChatChunk, ChatModel
from threadkeep.storage import RunRecord, Storage
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.chat_model import ObservedCall
from threadkeep.telemetry.execution import observed_run
from threadkeep.tools import RequestedCall, ServerTool, ToolError
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import Message
from threadkeep.types.run import LastError, Run, RunRestart
from threadkeep.types.run_step import RunStep, ToolCall
from threadkeep.types.usage import Usage, total

logger = logging.getLogger(__name__)

StopReason: TypeAlias = Literal["cancelled", "handed over", "lost", "cut off"]
"""Why a worker stops a run.

The caller cancelled it; the worker goes away; the run is no longer ours; the worker cannot reach the storage any more.
"""


class Means(msgspec.Struct, frozen=True):
    """What every execution of a worker works with."""

    storage: Storage
    bus: Bus
    images: Images
    chat_model: ChatModel
    server_tools: Sequence[ServerTool]
    log: EventLog
    ids: IdSource
    clock: Clock
    telemetry: Telemetry


class Ending(msgspec.Struct, frozen=True):
    """What becomes of the run, and the events to tell before that."""

    change: Callable[[Run], Run]
    emissions: list[Emission] = []
    parked_usage: Usage | None = None


class Execution:
    """One claimed run, from its claim to its end. `said` is all that its thread holds, where that is known."""

    def __init__(
        self, record: RunRecord, means: Means, said: Sequence[Message] | None = None
    ) -> None:
        self._means = means
        self._said = said
        self._claim = Claim(record, means.storage)
        self._log = means.log.open(record.run.id, record.epoch)
        self._outbox = Outbox(self._claim, self._log, lambda: self.stop("lost"))
        self._toolbox = Toolbox(record.run, means.server_tools)
        self._turn = self._new_turn()
        self._used = Usage()
        self._task: asyncio.Task[None] | None = None
        self._stop_reason: StopReason | None = None
        self._can_be_interrupted = False

    @property
    def _record(self) -> RunRecord:
        return self._claim.record

    @property
    def epoch(self) -> int:
        """That of the claim."""
        return self._record.epoch

    def start(self) -> asyncio.Task[None]:
        """Begin. The task ends when nothing more is to be done for this claim; it never raises."""
        self._task = asyncio.create_task(self._execute(), name=self._record.run.id)
        return self._task

    def stop(self, reason: StopReason) -> None:
        """End it soon. What was decided already is still written, unless the worker is cut off."""
        is_cut_off = reason == "cut off"
        if self._stop_reason is not None and not is_cut_off:
            return
        self._stop_reason = reason
        self._claim.is_lost = reason in {"lost", "cut off"}
        if self._task is not None and (self._can_be_interrupted or is_cut_off):
            self._task.cancel()

    async def _execute(self) -> None:
        with observed_run(self._means.telemetry, self._record) as observed:
            await self._work()
            observed.ended(self._record.run)

    async def _work(self) -> None:
        run_id = self._record.run.id
        try:
            begin = [*await self._restart(), emission.of_run(self._record.run)]
            self._outbox.put(None, begin)
            await self._settle(await self._decide())
        except LostError:
            logger.info("%s: another worker has it now, or it was deleted", run_id)
            self._means.log.nudge(run_id)
        except asyncio.CancelledError:
            logger.warning("%s: given up, the storage was out of reach for too long", run_id)
        except Exception:
            logger.exception("%s: what became of it could not be written", run_id)
        finally:
            await self._outbox.close()
            self._means.log.close(self._log)

    async def _restart(self) -> list[Emission]:
        """What is to be told first, if an earlier claim was left in the middle."""
        record = self._record
        if record.epoch == 1:
            return []
        if record.attempts == 1:  # after outputs were submitted, or after a worker handed it over
            past = await self._claim.reached(lambda: load_past(self._means.storage, record))
            if not past.is_restarted:
                return []
        return [emission.of_restart(RunRestart(id=record.run.id, epoch=record.epoch))]

    async def _decide(self) -> Ending:
        """Let the model reply within the time that the run has. Every way out is an ending."""
        try:
            async with asyncio.timeout(self._seconds_left()):
                return await self._interruptible_reply()
        except TimeoutError:
            return self._interrupted("expired", lambda run: lifecycle.expire(run, self._usage()))
        except asyncio.CancelledError:
            return self._stopped()
        except ChatModelError as error:
            logger.warning("%s: %s", self._record.run.id, error)
            return self._failed(last_error_of(error))
        except ToolError as error:
            return self._failed(LastError(code="server_error", message=str(error)))
        except LostError:
            raise
        except Exception:
            logger.exception("%s failed", self._record.run.id)
            return self._failed(SOMETHING_WENT_WRONG)

    async def _interruptible_reply(self) -> Ending:
        if self._stop_reason is not None:  # asked for before the task had begun
            return self._stopped()
        self._can_be_interrupted = True
        try:
            return await self._reply()
        finally:
            self._can_be_interrupted = False

    async def _reply(self) -> Ending:
        """Turn after turn, until the run has its answer or needs the caller."""
        if (missing := self._toolbox.missing_choice()) is not None:
            return self._failed(missing)
        for name in self._toolbox.missing:
            logger.warning(
                "%s: this server has no %s, so the model is not told of it",
                self._record.run.id,
                name,
            )
        for tool in self._toolbox.server_tools:
            await self._claim.reached(partial(tool.prepare, self._record.project, self._record.run))
        steps: list[RunStep] = [] if self._record.epoch == 1 else await self._steps()
        while (ending := await self._one_turn(steps)) is None:
            self._require_wanted()
            steps = await self._steps()
            self._turn = self._new_turn()  # what the last one used is in its step by now
        return ending

    def _require_wanted(self) -> None:
        """Raise `CancelledError` once it is to stop: a library may lose one that came as its answer did."""
        if self._stop_reason is not None:
            raise asyncio.CancelledError

    async def _steps(self) -> list[RunStep]:
        """All steps of the run so far."""
        storage, run = self._means.storage, self._record.run
        await self._outbox.delivered()
        return await self._claim.reached(
            lambda: storage.run_steps.of_runs(self._record.project, run.thread_id, [run.id])
        )

    async def _one_turn(self, steps: Sequence[RunStep]) -> Ending | None:
        """Ask the model, pass on what comes, and see how it ended; None if the next turn is due."""
        storage, run = self._means.storage, self._record.run
        self._used = total(step.usage for step in steps if step.usage is not None)
        context_tokens = await self._means.chat_model.context_tokens(run.model)
        budget = budget_of(run, self._used, context_tokens)
        if not isinstance(budget, Budget):
            return self._cut_off(budget, [])
        said, self._said = self._said, None  # what the turn itself says is not in it
        history = await self._claim.reached(
            lambda: load_history(
                storage, self._means.images, self._record, steps, budget.prompt_tokens, said
            )
        )
        self._turn.citations = self._toolbox.citations(history.steps)
        await self._stream(history, budget)
        outcome, emissions = self._turn.finish()
        if isinstance(outcome, CalledTools):
            room = tool_room(run, budget, steps)
            number = next_number(history.steps)
            return await self._called(outcome, emissions, room, number)
        return self._ending(outcome, emissions)

    async def _called(
        self, called: CalledTools, emissions: list[Emission], room: int, number: int
    ) -> Ending | None:
        """Perform what is for the server, in `room` tokens, and wait for the caller if something is for the caller."""
        action, usage = called.action, self._turn.usage
        if called.server_calls:
            self._outbox.put(self._turn.take_unsaved(), emissions)
            await self._outbox.delivered()  # what is not ours any more shall have no effects
            emissions = await self._perform(called.server_calls, room, number)
        if action is not None:
            return Ending(lambda run: lifecycle.park(run, action), emissions, usage)
        self._outbox.put(self._turn.take_unsaved(), emissions)
        return None

    async def _perform(self, calls: Sequence[ServerCall], room: int, number: int) -> list[Emission]:
        performed = await asyncio.gather(
            *(
                self._performed(call, room // len(calls), number + place)
                for place, call in enumerate(calls)
            )
        )
        return self._turn.performed(dict(zip((call.id for call in calls), performed, strict=True)))

    async def _performed(self, call: ServerCall, most_tokens: int, number: int) -> ToolCall:
        project, run = self._record.project, self._record.run
        requested = RequestedCall(
            id=call.id,
            arguments=call.arguments,
            number=number,
            most_tokens=most_tokens,
            idempotency_key=f"{run.id}/{call.step_id}/{call.id}",
        )
        return await self._claim.reached(lambda: call.tool.perform(project, run, requested))

    def _new_turn(self) -> Turn:
        return Turn(self._record.run, self._toolbox, self._means.ids, self._means.clock)

    async def _stream(self, history: History, budget: Budget) -> None:
        """Pass on the reply, most of it in a task of its own: a token wakes that, and not all who wait for the end."""
        request = chat_request(self._record.run, self._toolbox, history, budget)
        with ObservedCall(self._means.telemetry, request) as call:
            async with aclosing(self._means.chat_model.stream(request)) as reply:
                async for chunks in reply:  # the first: it is asked for here and at once
                    self._pass_on(call, chunks)
                    rest = self._pass_on_rest(call, reply)
                    await asyncio.create_task(rest, name=self._record.run.id)
            call.outcome = "completed"

    async def _pass_on_rest(
        self, call: ObservedCall, reply: AsyncIterable[list[ChatChunk]]
    ) -> None:
        async for chunks in reply:
            self._pass_on(call, chunks)

    def _pass_on(self, call: ObservedCall, chunks: Sequence[ChatChunk]) -> None:
        call.see(chunks)
        self._require_wanted()
        emissions = self._turn.feed(chunks)
        self._outbox.put(self._turn.take_unsaved(), emissions)

    def _ending(self, outcome: Answered | RanOut | WentWrong, emissions: list[Emission]) -> Ending:
        exhausted = exhausted_limit(self._record.run, self._usage())
        match outcome:
            case Answered() if exhausted == "max_prompt_tokens":
                return self._cut_off(exhausted, emissions)
            case Answered():
                now = self._now()
                return Ending(lambda run: lifecycle.complete(run, now, self._usage()), emissions)
            case RanOut():
                return self._cut_off("max_completion_tokens", emissions)
            case WentWrong(error=error):
                return self._failed(error, emissions)

    def _cut_off(self, reason: str, emissions: list[Emission]) -> Ending:
        now = self._now()
        return Ending(lambda run: lifecycle.cut_off(run, now, reason, self._usage()), emissions)

    def _failed(self, error: LastError, emissions: list[Emission] | None = None) -> Ending:
        now = self._now()
        return self._interrupted(
            "failed", lambda run: lifecycle.fail(run, now, error, self._usage()), emissions, error
        )

    def _stopped(self) -> Ending:
        match self._stop_reason:
            case "cancelled":
                return self._cancelled()
            case "handed over":
                return Ending(lifecycle.requeue)
            case _:
                raise LostError

    def _cancelled(self, emissions: Sequence[Emission] = ()) -> Ending:
        now = self._now()
        cancelling = Emission("thread.run.cancelling", lifecycle.as_cancelling(self._record.run))
        return self._interrupted(
            "cancelled",
            lambda run: lifecycle.cancel(run, now, self._usage()),
            [*emissions, *self._turn.flush(), cancelling],
        )

    def _interrupted(
        self,
        how: Interruption,
        change: Callable[[Run], Run],
        emissions: list[Emission] | None = None,
        error: LastError | None = None,
    ) -> Ending:
        return Ending(change, [*(emissions or []), *self._turn.interrupt(how, error)])

    async def _settle(self, ending: Ending) -> None:
        """Write the ending with all that is left, on top of what callers changed meanwhile, then tell of it."""
        rest = await self._outbox.rest()
        rest.parts.extend(self._turn.take_unsaved())
        ending = msgspec.structs.replace(ending, emissions=[*rest.emissions, *ending.emissions])
        is_written = False
        while not is_written:
            try:
                after = self._after(ending)
            except lifecycle.ImpossibleTransitionError:  # cancelled while it was being decided
                ending = self._cancelled(ending.emissions)
                rest.parts.extend(self._turn.take_unsaved())
            else:
                told = [*ending.emissions, emission.of_run(after.run)]
                spans = rest.spans | self._outbox.spans_of(told)
                is_written = await self._claim.end(rest.parts, spans, after)
        self._tell_end(ending)

    def _tell_end(self, ending: Ending) -> None:
        run, last = self._record.run, ending.emissions
        if run.status != "queued":
            last = [*last, emission.of_run(run)]
        if last:
            self._log.append(last)
        if run.status == "queued":
            self._means.bus.publish(WAKE_SUBJECT, wake_up(run))

    def _after(self, ending: Ending) -> RunRecord:
        run = ending.change(self._record.run)
        is_queued = run.status == "queued"
        return msgspec.structs.replace(
            self._record,
            run=run,
            worker=None if is_queued else self._record.worker,
            attempts=self._record.attempts - is_queued,
            due_at=None if run.status in lifecycle.TERMINAL else self._record.due_at,
            parked_usage=ending.parked_usage,
        )

    def _usage(self) -> Usage:
        return self._used + self._turn.usage

    def _now(self) -> int:
        return int(self._means.clock.now())

    def _seconds_left(self) -> float:
        due_at = self._record.due_at
        return 0 if due_at is None else due_at - self._means.clock.now()
