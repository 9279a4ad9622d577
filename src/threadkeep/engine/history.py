"""History: what of a thread fits into the prompt of a run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
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
    newest = _stored(storage, record, most) if said is None else _each(reversed(said))
    messages, is_whole = await _recent(newest, free, most)
    if strategy.type == "auto" and not is_whole:
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


async def _recent(
    newest: AsyncGenerator[Message], free: int, most: int | None
) -> tuple[list[Message], bool]:
    """The most recent messages that fit, newest first (the newest always), and whether these are all there are."""
    messages: list[Message] = []
    async with aclosing(newest):
        async for message in newest:
            free -= message_tokens(message)
            if free < 0 and messages:
                return messages, False
            messages.append(message)
            if len(messages) == most:
                return messages, False
    return messages, True


async def _stored(storage: Storage, record: RunRecord, most: int | None) -> AsyncGenerator[Message]:
    """The messages of the thread, newest first; little more than `most` are read."""
    limit = _BLOCK if most is None else min(_BLOCK, most)
    has_more, after = True, None
    while has_more:
        query = PageQuery(limit=limit, order="desc", after=after)
        page = await storage.messages.page(record.project, record.run.thread_id, query)
        for raw in page.items:
            yield decode(raw, Message)
        has_more, after = page.has_more, page.last_id


async def _each(messages: Iterable[Message]) -> AsyncGenerator[Message]:
    for message in messages:
        yield message
