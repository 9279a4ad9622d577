"""Which statements each call costs. That it becomes more is to be a decision, not an accident."""

from __future__ import annotations

import pytest

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_run,
    keep_thread,
    new_assistant,
    new_message,
    new_record,
    new_run,
    new_step,
    new_thread,
    started,
    with_status,
)
from tests.support.sqlite_storages import Meter
from threadkeep.errors import MissingError, ThreadBusyError
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.storage.sqlite.connection import MEMORY, Database
from threadkeep.storage.sqlite.messages import Messages
from threadkeep.storage.sqlite.session import Session
from threadkeep.storage.sqlite.threads import Threads
from threadkeep.types.page import PageQuery


async def test_objects_that_callers_edit(traced_storage: SQLiteStorage, meter: Meter):
    storage = traced_storage
    assistant, thread = new_assistant(), new_thread()
    messages = [new_message(thread), new_message(thread)]
    cost = meter.cost

    assert await cost(storage.assistants.insert(PROJECT, assistant)) == ["assistants/insert"]
    assert await cost(storage.assistants.find(PROJECT, assistant.id)) == ["assistants/find"]
    assert await cost(storage.assistants.update(PROJECT, assistant, 1)) == [
        "assistants/update",
        "assistants/drop_files",
    ]
    assert await cost(storage.assistants.delete(PROJECT, assistant.id)) == ["assistants/delete"]

    assert await cost(storage.threads.insert(PROJECT, thread, messages)) == [
        "threads/insert",
        "messages/append",
        "messages/append",
    ]
    assert await cost(storage.threads.find(PROJECT, thread.id)) == ["threads/find"]
    assert await cost(storage.threads.update(PROJECT, thread, 1)) == [
        "threads/update",
        "threads/drop_files",
    ]

    said = new_message(thread)
    assert await cost(storage.messages.insert(PROJECT, said)) == ["messages/insert"]
    assert await cost(storage.messages.find(PROJECT, thread.id, said.id)) == ["messages/find"]
    assert await cost(storage.messages.update(PROJECT, said, 1)) == ["messages/update"]
    assert await cost(storage.messages.has_user_message(PROJECT, thread.id)) == [
        "messages/has_user_message"
    ]
    assert await cost(storage.messages.delete(PROJECT, thread.id, said.id)) == ["messages/delete"]
    assert await cost(storage.threads.delete(PROJECT, thread.id)) == ["threads/delete"]


async def test_a_page_costs_one_statement_and_one_for_each_cursor(
    traced_storage: SQLiteStorage, meter: Meter
):
    storage = traced_storage
    thread = await keep_thread(storage)
    run = (await keep_ended_run(storage, thread)).run
    message = new_message(thread, run_id=run.id)
    await storage.messages.insert(PROJECT, message)
    first, behind = PageQuery(), PageQuery(after=message.id, order="asc")
    between = PageQuery(after=message.id, before=message.id)
    page, cost = storage.messages.page, meter.cost

    assert await cost(page(PROJECT, thread.id, first)) == ["messages/page_descending"]
    assert await cost(page(PROJECT, thread.id, behind)) == [
        "messages/page_cursor",
        "messages/page_ascending",
    ]
    assert await cost(page(PROJECT, thread.id, between)) == [
        "messages/page_cursor",
        "messages/page_cursor",
        "messages/page_descending",
    ]
    assert await cost(page(PROJECT, thread.id, first, run.id)) == [
        "messages/page_of_run_descending"
    ]
    assert await cost(storage.assistants.page(PROJECT, first)) == ["assistants/page_descending"]
    assert await cost(storage.threads.page(PROJECT, first)) == ["threads/page_descending"]
    assert await cost(storage.runs.page(PROJECT, thread.id, first)) == ["runs/page_descending"]
    assert await cost(storage.run_steps.page(PROJECT, thread.id, run.id, first)) == [
        "run_steps/page_descending"
    ]


async def test_a_page_is_handed_over_as_one_row_however_long_it_is():
    database, handed_over = Database(MEMORY), list[object]()
    await database.open()
    thread = new_thread()
    said = [new_message(thread) for _ in range(100)]
    await Threads(database).insert(PROJECT, thread, said)

    def watch(session: Session) -> None:
        session.connection.row_factory = lambda _, row: handed_over.append(row) or row

    await database.write(watch)
    page = await Messages(database).page(PROJECT, thread.id, PageQuery(limit=100))
    await database.close()

    assert (len(page.items), len(handed_over)) == (100, 1)


async def test_the_life_of_a_run(traced_storage: SQLiteStorage, meter: Meter):
    storage = traced_storage
    cost = meter.cost
    thread = await keep_thread(storage)
    run = new_run(thread)

    insert = storage.runs.insert(new_record(run), messages=[new_message(thread)])
    assert await cost(insert) == ["runs/insert", "messages/append"]
    claim = storage.runs.claim("worker-1", started, limit=1, only=(run.thread_id, run.id))
    assert await cost(claim) == ["runs/claim_named", "runs/claim"]
    record = await storage.runs.find(PROJECT, thread.id, run.id)
    assert record is not None
    step, message = new_step(run), new_message(thread, run_id=run.id)
    assert await cost(storage.runs.write(record, steps=[step], messages=[message])) == [
        "runs/write_fence",
        "run_steps/write",
        "messages/write",
    ]
    after = with_status(record, "completed")
    assert await cost(
        storage.runs.write(record, steps=[step], messages=[message], after=after)
    ) == ["runs/write", "run_steps/write", "messages/write"]
    assert await cost(storage.runs.find(PROJECT, thread.id, run.id)) == ["runs/find"]
    of_runs = storage.run_steps.of_runs(PROJECT, thread.id, [run.id, "run_x"])
    assert await cost(of_runs) == ["run_steps/of_runs"]
    find_step = storage.run_steps.find(PROJECT, thread.id, run.id, step.id)
    assert await cost(find_step) == ["run_steps/find"]
    assert await cost(storage.runs.delete(record)) == ["runs/delete"]


async def test_a_run_on_a_new_thread(traced_storage: SQLiteStorage, meter: Meter):
    thread = new_thread()
    insert = traced_storage.runs.insert(new_record(new_run(thread)), thread=thread)

    assert await meter.cost(insert) == ["threads/insert", "runs/insert"]


async def test_claims(traced_storage: SQLiteStorage, meter: Meter):
    storage = traced_storage
    assert await meter.cost(storage.runs.claim("worker-1", started, limit=9)) == [
        "runs/claim_oldest"
    ]
    record = await keep_claimed_run(storage)
    await storage.runs.write(record, after=with_status(record, "queued"))

    assert await meter.cost(storage.runs.claim("worker-1", started, limit=9)) == [
        "runs/claim_oldest",
        "runs/claim",
        "run_steps/delete_open",
        "messages/delete_open",
    ]


async def test_what_comes_round_every_second(traced_storage: SQLiteStorage, meter: Meter):
    storage = traced_storage

    assert await meter.cost(storage.workers.renew("worker-1", 5)) == ["workers/renew"]
    assert await meter.cost(storage.workers.owned("worker-1")) == ["workers/owned"]
    assert await meter.cost(storage.workers.retire("worker-1")) == ["workers/retire"]
    assert await meter.cost(storage.runs.due(10)) == ["runs/due"]
    assert await meter.cost(storage.runs.orphans(10)) == ["runs/orphans"]
    assert await meter.cost(storage.check()) == ["database/check_write", "database/check_read"]


async def test_a_refusal_costs_one_more_to_say_why(
    traced_storage: SQLiteStorage, meter: Meter, executed: list[str]
):
    storage = traced_storage
    thread = await keep_thread(storage)
    await keep_run(storage, thread)

    with pytest.raises(ThreadBusyError):
        await meter.cost(storage.messages.insert(PROJECT, new_message(thread)))
    assert executed == ["messages/insert", "runs/active"]
    with pytest.raises(MissingError):
        await meter.cost(keep_run(storage, new_thread()))
    assert executed == ["runs/insert", "runs/active"]
