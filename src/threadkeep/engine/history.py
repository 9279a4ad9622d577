"""History: what of a thread fits into the prompt of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from threadkeep.engine.budget import free_tokens, message_tokens
from threadkeep.engine.images import Images
from threadkeep.storage import RunRecord, Storage
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run_step import RunStep

_BLOCK: Final = 50
"""Messages are read in blocks, so that a long thread costs no more than what is used of it."""


class History(msgspec.Struct, frozen=True):
    """The messages that fit, oldest first, the steps of the runs that made them, and their pictures by file id."""

    messages: Sequence[Message]
    steps: Sequence[RunStep]
    images: Mapping[str, str] = {}


async def load_history(
    storage: Storage,
    images: Images,
    record: RunRecord,
    steps: Sequence[RunStep],
    prompt_tokens: int,
    said: Sequence[Message] | None = None,
) -> History:
    """What fits into `prompt_tokens` beside the instructions and the run's own `steps`, by its truncation strategy.

    `last_messages`: the most recent ones. `auto`: as many of the most recent as fit, and the thread's first message, so
    that what is dropped is the middle. `said` is all that the thread holds, for whoever knows it without reading.
    """
    run = record.run
    free = free_tokens(run, prompt_tokens, steps)
    strategy = run.truncation_strategy
    most = strategy.last_messages if strategy.type == "last_messages" else None
    recent = _Recent(free, most)
    if said is None:
        await _read(storage, record, most, recent)
    else:
        recent.add(reversed(said))
    messages = recent.messages
    if strategy.type == "auto" and recent.is_full:
        query = PageQuery(limit=1, order="asc")
        page = await storage.messages.page(record.project, run.thread_id, query)
        messages += [decode(raw, Message) for raw in page.items]
    messages.reverse()
    makers = {message.run_id for message in messages if message.run_id} - {run.id}
    earlier: Sequence[RunStep] = []
    if makers:
        earlier = await storage.run_steps.of_runs(record.project, run.thread_id, list(makers))
    pictures = await images.of(record.project, messages)
    return History(messages=messages, steps=[*earlier, *steps], images=pictures)


class _Recent:
    """The most recent messages, newest first, as they are added: no more than `most`, and as many as fit.

    The newest always does. It `is_full` once one was left out, or there are `most`.
    """

    def __init__(self, free: int, most: int | None) -> None:
        self.messages: list[Message] = []
        self.is_full = False
        self._free = free
        self._most = most

    def add(self, older: Iterable[Message]) -> None:
        """Take of these, the newest first, what there is room for."""
        for message in older:
            self._free -= message_tokens(message)
            if self._free < 0 and self.messages:
                self.is_full = True
                return
            self.messages.append(message)
            if len(self.messages) == self._most:
                self.is_full = True
                return


async def _read(storage: Storage, record: RunRecord, most: int | None, recent: _Recent) -> None:
    """Add the messages of the thread; little more than `most` are read."""
    limit = _BLOCK if most is None else min(_BLOCK, most)
    has_more, after = True, None
    while has_more and not recent.is_full:
        query = PageQuery(limit=limit, order="desc", after=after)
        page = await storage.messages.page(record.project, record.run.thread_id, query)
        recent.add(decode(raw, Message) for raw in page.items)
        has_more, after = page.has_more, page.last_id
