"""What every storage does with threads beyond editing."""

from __future__ import annotations

import pytest

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_run,
    keep_thread,
    new_message,
    new_step,
    new_thread,
)
from threadkeep.errors import MissingError, StorageError
from threadkeep.storage import Storage
from threadkeep.types.page import PageQuery


async def test_a_thread_is_kept_with_its_first_messages_in_order(storage: Storage):
    thread = new_thread()
    messages = [new_message(thread, str(number)) for number in range(3)]

    await storage.threads.insert(PROJECT, thread, messages)

    page = await storage.messages.page(PROJECT, thread.id, PageQuery(order="asc"))
    assert (page.first_id, page.last_id) == (messages[0].id, messages[2].id)


async def test_a_thread_is_not_kept_without_its_messages(storage: Storage):
    thread = new_thread()
    message = new_message(thread)

    with pytest.raises(StorageError):
        await storage.threads.insert(PROJECT, thread, [message, message])

    assert await storage.threads.find(PROJECT, thread.id) is None
    assert await storage.messages.find(PROJECT, thread.id, message.id) is None


async def test_with_a_thread_go_its_messages_its_runs_and_their_steps(storage: Storage):
    thread = await keep_thread(storage)
    message = new_message(thread)
    await storage.messages.insert(PROJECT, message)
    ended = await keep_ended_run(storage, thread)
    claimed = await keep_claimed_run(storage, thread=thread)
    step = new_step(claimed.run)
    assert await storage.runs.write(claimed, steps=[step]) is not None

    assert await storage.threads.delete(PROJECT, thread.id)

    assert await storage.messages.find(PROJECT, thread.id, message.id) is None
    for record in (ended, claimed):
        assert await storage.runs.find(PROJECT, thread.id, record.run.id) is None
    assert await storage.run_steps.find(PROJECT, thread.id, claimed.run.id, step.id) is None
    assert await storage.workers.owned("worker-1") == []


async def test_the_run_of_a_deleted_thread_writes_nothing_more(storage: Storage):
    thread = await keep_thread(storage)
    claimed = await keep_claimed_run(storage, thread=thread)
    await storage.threads.delete(PROJECT, thread.id)
    message = new_message(thread, run_id=claimed.run.id)

    assert await storage.runs.write(claimed, messages=[message]) is None
    assert await storage.runs.write(claimed, messages=[message], after=claimed) is None

    assert await storage.messages.find(PROJECT, thread.id, message.id) is None


async def test_other_threads_keep_what_is_theirs(storage: Storage):
    gone, other = await keep_thread(storage), await keep_thread(storage)
    await storage.threads.insert("other", gone)
    message = new_message(other)
    same_id = new_message(gone)
    await storage.messages.insert(PROJECT, message)
    await storage.messages.insert("other", same_id)
    record = await keep_run(storage, other)

    await storage.threads.delete(PROJECT, gone.id)

    assert await storage.messages.find(PROJECT, other.id, message.id) is not None
    assert await storage.messages.find("other", gone.id, same_id.id) is not None
    assert await storage.runs.find(PROJECT, other.id, record.run.id) == record


async def test_a_deleted_thread_takes_nothing_more(storage: Storage):
    thread = await keep_thread(storage)
    await storage.threads.delete(PROJECT, thread.id)

    with pytest.raises(MissingError):
        await storage.messages.insert(PROJECT, new_message(thread))
    with pytest.raises(MissingError):
        await keep_run(storage, thread)
