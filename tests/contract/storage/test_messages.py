"""What every storage does with messages beyond editing."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.records import (
    PROJECT,
    keep_run,
    keep_thread,
    new_message,
    new_thread,
    with_status,
)
from threadkeep.errors import MissingError, ThreadBusyError
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery

ACTIVE = ["queued", "in_progress", "requires_action", "cancelling"]
TERMINAL = ["cancelled", "failed", "completed", "incomplete", "expired"]


async def test_a_message_needs_its_thread(storage: Storage):
    thread = new_thread()

    with pytest.raises(MissingError) as refused:
        await storage.messages.insert(PROJECT, new_message(thread))

    assert (refused.value.noun, refused.value.id) == ("thread", thread.id)


async def test_a_message_needs_a_thread_of_its_own_project(storage: Storage):
    thread = await keep_thread(storage)

    with pytest.raises(MissingError):
        await storage.messages.insert("other", new_message(thread))


@pytest.mark.parametrize("status", ACTIVE)
async def test_an_active_run_keeps_messages_out(storage: Storage, status: str):
    thread = await keep_thread(storage)
    record = await keep_run(storage, thread)
    await storage.runs.write(record, after=with_status(record, status))
    message = new_message(thread)

    with pytest.raises(ThreadBusyError) as refused:
        await storage.messages.insert(PROJECT, message)

    busy = refused.value
    assert (busy.thread_id, busy.run_id, busy.wanted) == (thread.id, record.run.id, "message")
    assert await storage.messages.find(PROJECT, thread.id, message.id) is None


@pytest.mark.parametrize("status", TERMINAL)
async def test_a_run_that_is_over_lets_messages_in(storage: Storage, status: str):
    thread = await keep_thread(storage)
    record = await keep_run(storage, thread)
    await storage.runs.write(record, after=with_status(record, status))

    await storage.messages.insert(PROJECT, new_message(thread))


async def test_an_active_run_locks_its_own_thread_only(storage: Storage):
    busy, free = await keep_thread(storage), await keep_thread(storage)
    await storage.threads.insert("other", busy)
    await keep_run(storage, busy)

    await storage.messages.insert(PROJECT, new_message(free))
    await storage.messages.insert("other", new_message(busy))


async def test_no_message_slips_in_once_a_run_was_kept(storage: Storage):
    """However they race: a message that was let in stands before the run."""
    for _ in range(10):
        thread = await keep_thread(storage)
        messages = [new_message(thread, str(number)) for number in range(6)]
        calls = [storage.messages.insert(PROJECT, message) for message in messages]

        *answers, record = await asyncio.gather(
            *calls[:3], *calls[3:], keep_run(storage, thread), return_exceptions=True
        )

        page = await storage.messages.page(PROJECT, thread.id, PageQuery(order="asc"))
        let_in = [answer for answer in answers if answer is None]
        assert len(page.items) == len(let_in)
        assert not isinstance(record, BaseException)
        assert all(isinstance(answer, ThreadBusyError) for answer in answers if answer is not None)


async def test_messages_of_one_run_are_told_apart(storage: Storage):
    thread = await keep_thread(storage)
    made = new_message(thread, run_id="run_1")
    for message in (new_message(thread), made, new_message(thread, run_id="run_2")):
        await storage.messages.insert(PROJECT, message)

    page = await storage.messages.page(PROJECT, thread.id, PageQuery(), run_id="run_1")

    assert (page.first_id, page.last_id) == (made.id, made.id)


async def test_it_is_known_whether_a_user_has_said_anything(storage: Storage):
    thread = await keep_thread(storage)
    assert not await storage.messages.has_user_message(PROJECT, thread.id)

    await storage.messages.insert(PROJECT, new_message(thread, role="assistant"))
    assert not await storage.messages.has_user_message(PROJECT, thread.id)

    said = new_message(thread, role="user")
    await storage.messages.insert(PROJECT, said)
    assert await storage.messages.has_user_message(PROJECT, thread.id)
    assert not await storage.messages.has_user_message("other", thread.id)

    await storage.messages.delete(PROJECT, thread.id, said.id)
    assert not await storage.messages.has_user_message(PROJECT, thread.id)


async def test_a_message_is_found_under_its_own_thread_only(storage: Storage):
    thread, other = await keep_thread(storage), await keep_thread(storage)
    message = new_message(thread)
    await storage.messages.insert(PROJECT, message)

    assert await storage.messages.find(PROJECT, other.id, message.id) is None
    assert not await storage.messages.delete(PROJECT, other.id, message.id)
    with pytest.raises(MissingError):
        await storage.messages.page(PROJECT, other.id, PageQuery(after=message.id))
