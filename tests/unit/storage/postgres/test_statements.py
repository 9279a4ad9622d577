"""Which statements each call costs in PostgreSQL: each is a round trip. That it becomes more is to be a decision."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.records import (
    PROJECT,
    keep_claimed_run,
    keep_ended_run,
    keep_run,
    keep_thread,
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
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.types.page import PageQuery

CALLERS = 64


def written(*statements: str) -> list[str]:
    """The statements in a transaction."""
    return ["begin", *statements, "commit"]


async def test_threads_and_messages(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    thread = new_thread()
    messages = [new_message(thread), new_message(thread)]

    insert = storage.threads.insert(PROJECT, thread, messages)
    assert await cost(insert) == written("threads/insert", "messages/append")
    assert await cost(storage.threads.find(PROJECT, thread.id)) == ["threads/find"]
    assert await cost(storage.threads.update(PROJECT, thread, 1)) == written(
        "threads/update", "threads/drop_files"
    )
    said = new_message(thread)
    assert await cost(storage.messages.insert(PROJECT, said)) == written(
        "threads/lock", "messages/insert"
    )
    assert await cost(storage.messages.find(PROJECT, thread.id, said.id)) == ["messages/find"]
    assert await cost(storage.messages.update(PROJECT, said, 1)) == written("messages/update")
    assert await cost(storage.messages.has_user_message(PROJECT, thread.id)) == [
        "messages/has_user_message"
    ]
    delete = storage.messages.delete(PROJECT, thread.id, said.id)
    assert await cost(delete) == written("messages/delete")
    assert await cost(storage.threads.delete(PROJECT, thread.id)) == written(
        "threads/lock", "runs/lock_of_thread", "messages/delete_of_thread", "threads/delete"
    )


async def test_a_page_costs_one_statement_and_one_for_each_cursor(
    traced_postgres: PostgresStorage, meter: Meter
):
    storage = traced_postgres
    thread = await keep_thread(storage)
    run = (await keep_ended_run(storage, thread)).run
    message = new_message(thread, run_id=run.id)
    await storage.messages.insert(PROJECT, message)
    first, behind = PageQuery(), PageQuery(after=message.id, order="asc")
    page, cost = storage.messages.page, meter.cost

    assert await cost(page(PROJECT, thread.id, first)) == ["messages/page_descending"]
    assert await cost(page(PROJECT, thread.id, behind)) == [
        "messages/page_cursor",
        "messages/page_ascending",
    ]
    assert await cost(page(PROJECT, thread.id, first, run.id)) == [
        "messages/page_of_run_descending"
    ]
    assert await cost(storage.threads.page(PROJECT, first)) == ["threads/page_descending"]
    assert await cost(storage.runs.page(PROJECT, thread.id, first)) == ["runs/page_descending"]
    assert await cost(storage.run_steps.page(PROJECT, thread.id, run.id, first)) == [
        "run_steps/page_descending"
    ]


async def test_the_life_of_a_run(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    thread = await keep_thread(storage)
    run = new_run(thread)

    insert = storage.runs.insert(new_record(run), messages=[new_message(thread)])
    assert await cost(insert) == written("threads/lock", "runs/insert")
    claim = storage.runs.claim("worker-1", started, limit=1, only=(thread.id, run.id))
    assert await cost(claim) == written("runs/claim_named", "runs/claim")
    record = await storage.runs.find(PROJECT, thread.id, run.id)
    assert record is not None
    step, message = new_step(run), new_message(thread, run_id=run.id)
    write = storage.runs.write(record, steps=[step], messages=[message])
    assert await cost(write) == written("runs/write")
    after = with_status(record, "completed")
    write = storage.runs.write(record, steps=[step], messages=[message], after=after)
    assert await cost(write) == written("runs/write")
    assert await cost(storage.runs.find(PROJECT, thread.id, run.id)) == ["runs/find"]
    of_runs = storage.run_steps.of_runs(PROJECT, thread.id, [run.id, "run_x"])
    assert await cost(of_runs) == ["run_steps/of_runs"]
    spans = storage.run_steps.spans(PROJECT, thread.id, run.id)
    assert await cost(spans) == ["run_steps/spans"]
    assert await cost(storage.runs.delete(record)) == written("threads/lock", "runs/delete")


async def test_a_run_on_a_new_thread(traced_postgres: PostgresStorage, meter: Meter):
    thread = new_thread()
    record, said = new_record(new_run(thread)), [new_message(thread)]
    insert = traced_postgres.runs.insert(record, thread=thread, messages=said)

    assert await meter.cost(insert) == written("runs/insert")


async def test_claims(traced_postgres: PostgresStorage, meter: Meter):
    storage = traced_postgres
    claim = storage.runs.claim("worker-1", started, limit=9)
    assert await meter.cost(claim) == ["runs/any_queued"]
    record = await keep_claimed_run(storage)
    await storage.runs.write(record, after=with_status(record, "queued"))

    claim = storage.runs.claim("worker-1", started, limit=9)
    assert await meter.cost(claim) == [
        "runs/any_queued",
        *written(
            "runs/claim_oldest", "runs/claim", "run_steps/delete_open", "messages/delete_open"
        ),
    ]


async def test_what_comes_round_every_second(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost

    assert await cost(storage.workers.renew("worker-1", 5)) == written("workers/renew")
    assert await cost(storage.workers.owned("worker-1")) == ["workers/owned"]
    assert await cost(storage.workers.retire("worker-1")) == written("workers/retire")
    assert await cost(storage.runs.due(10)) == ["runs/due"]
    assert await cost(storage.runs.orphans(10)) == ["runs/orphans"]
    assert await cost(storage.check()) == [
        *written("database/check_write"),
        "database/check_read",
    ]


async def test_a_refusal_costs_one_more_to_say_why(
    traced_postgres: PostgresStorage, meter: Meter, executed: list[str]
):
    storage = traced_postgres
    thread = await keep_thread(storage)
    await keep_run(storage, thread)

    with pytest.raises(ThreadBusyError):
        await meter.cost(storage.messages.insert(PROJECT, new_message(thread)))
    assert executed == written("threads/lock", "messages/insert", "runs/active")
    with pytest.raises(MissingError):
        await meter.cost(keep_run(storage, new_thread()))
    assert executed == written("threads/lock")


async def test_many_callers_cost_as_much_as_one(traced_postgres: PostgresStorage, meter: Meter):
    storage, cost = traced_postgres, meter.cost
    threads = [new_thread() for _ in range(CALLERS)]

    inserts = [storage.threads.insert(PROJECT, thread) for thread in threads]
    assert await cost(asyncio.gather(*inserts)) == written("threads/insert")
    messages = [storage.messages.insert(PROJECT, new_message(thread)) for thread in threads]
    assert await cost(asyncio.gather(*messages)) == written("threads/lock", "messages/insert")
    runs = [storage.runs.insert(new_record(new_run(thread))) for thread in threads]
    records = []

    async def keep_all() -> None:
        records.extend(await asyncio.gather(*runs))

    assert await cost(keep_all()) == written("threads/lock", "runs/insert")
    claims = [
        storage.runs.claim("worker-1", started, limit=1, only=(r.run.thread_id, r.run.id))
        for r in records
    ]
    assert await cost(asyncio.gather(*claims)) == written("runs/claim_named", "runs/claim")
    held = [await storage.runs.find(PROJECT, r.run.thread_id, r.run.id) for r in records]
    ends = [storage.runs.write(r, after=with_status(r, "completed")) for r in held if r]
    assert await cost(asyncio.gather(*ends)) == written("runs/write")
