"""Many callers, one commit: what each of them is told is true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.support.postgres_storages import deadlocks
from tests.support.records import (
    PROJECT,
    keep_claimed_run,
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
from threadkeep.errors import MissingError, StorageError, ThreadBusyError
from threadkeep.storage import RunRecord
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.postgres.connection import Database
from threadkeep.storage.postgres.group_commit import GroupCommit, Job, Kind, Outcome
from threadkeep.storage.postgres.query import parse_query
from threadkeep.storage.postgres.session import Session
from threadkeep.types.page import PageQuery

COUNT = parse_query("test/count", "select count(*) from workers")
ADD = parse_query(
    "test/add",
    "insert into workers (id, lease_until) select id, 0 from unnest(:ids::text[]) as given (id)",
)


class Adding:
    """A kind of job, and the batches in which it was done."""

    def __init__(self, rank: int = 0) -> None:
        self.batches: list[list[str]] = []
        self.kind = Kind(rank, self._perform)

    async def _perform(
        self, session: Session, ids: list[str], _: set[tuple[str, str]]
    ) -> list[Outcome[str]]:
        self.batches.append(list(ids))
        await session.change(ADD, ids=[each for each in ids if each != "refused"])
        return [LookupError(each) if each == "refused" else each for each in ids]

    def job(self, name: str, **how: object) -> Job[str, str]:
        return Job(self.kind, name, **how)


@pytest.fixture
def together(postgres_database: Database) -> GroupCommit:
    together = GroupCommit(postgres_database)
    together.open()
    return together


async def count(database: Database) -> int:
    row = await database.read(lambda session: session.row(COUNT))
    assert row is not None
    return row[0]


async def test_what_waits_is_written_together(together: GroupCommit, postgres_database: Database):
    adding = Adding()
    names = [str(number) for number in range(64)]

    answers = await asyncio.gather(*(together.do(adding.job(name)) for name in names))

    assert (answers, adding.batches) == (names, [names])
    assert await count(postgres_database) == 64


async def test_one_that_is_refused_harms_none_beside_it(
    together: GroupCommit, postgres_database: Database
):
    adding = Adding()

    answers = await asyncio.gather(
        *(together.do(adding.job(name)) for name in ("1", "refused", "2")), return_exceptions=True
    )

    assert [str(answer) for answer in answers] == ["1", "refused", "2"]
    assert isinstance(answers[1], LookupError)
    assert await count(postgres_database) == 2


async def test_of_those_whose_statement_fails_each_is_tried_alone(
    together: GroupCommit, postgres_database: Database
):
    adding = Adding()
    await together.do(adding.job("1"))

    answers = await asyncio.gather(
        *(together.do(adding.job(name)) for name in ("2", "1", "3")), return_exceptions=True
    )

    assert isinstance(answers[1], StorageError)
    assert [answers[0], answers[2]] == ["2", "3"]
    assert adding.batches == [["1"], ["2", "1", "3"], ["2"], ["1"], ["3"]]
    assert await count(postgres_database) == 3


async def test_two_with_the_same_key_are_not_in_one_batch_and_keep_their_order(
    together: GroupCommit,
):
    adding = Adding()
    jobs = [adding.job("a1", key="a"), adding.job("a2", key="a"), adding.job("b", key="b")]

    await asyncio.gather(*map(together.do, jobs))

    assert [name for batch in adding.batches for name in batch if name != "b"] == ["a1", "a2"]
    assert all({"a1", "a2"} - set(batch) for batch in adding.batches)


async def test_a_batch_is_not_too_long_and_not_too_large(
    together: GroupCommit, postgres_database: Database
):
    adding = Adding()
    small = [adding.job(f"small {number}") for number in range(1_200)]
    large = [adding.job(f"large {number}", size=5 * 2**20) for number in range(4)]

    await asyncio.gather(*map(together.do, [*small, *large]))

    assert max(map(len, adding.batches)) == 500
    assert max(sum("large" in name for name in batch) for batch in adding.batches) == 2
    assert await count(postgres_database) == 1_204


async def test_kinds_are_done_in_their_order(together: GroupCommit):
    done: list[str] = []

    def kind_of(name: str, rank: int) -> Kind[str, None]:
        async def perform(_: Session, items: list[str], __: object) -> list[Outcome[None]]:
            done.append(name)
            return [None] * len(items)

        return Kind(rank, perform)

    last, first = kind_of("last", 2), kind_of("first", 1)
    jobs = [Job(last, ""), Job(first, ""), Job(last, "")]
    await asyncio.gather(*map(together.do, jobs))

    assert done == ["first", "last"]


async def test_a_caller_that_went_away_does_not_keep_its_write_from_being_done(
    together: GroupCommit, postgres_database: Database
):
    adding = Adding()
    writes = [asyncio.ensure_future(together.do(adding.job(name))) for name in ("1", "2")]
    await asyncio.sleep(0)
    writes[0].cancel()
    await writes[1]

    assert writes[0].cancelled()
    assert await count(postgres_database) == 2


@pytest.fixture
async def two_nodes(postgres_dsn: str) -> AsyncIterator[list[PostgresStorage]]:
    nodes = [PostgresStorage(postgres_dsn) for _ in range(2)]
    for node in nodes:
        await node.open()
    yield nodes
    for node in nodes:
        await node.close()


async def test_a_new_run_and_new_messages_that_meet_on_a_thread_agree(
    two_nodes: list[PostgresStorage],
):
    """Whatever is let in, none of the messages came after the run."""
    thread = await keep_thread(two_nodes[0])
    messages = [new_message(thread) for _ in range(40)]
    asked = new_message(thread)

    answers = await asyncio.gather(
        *(two_nodes[n % 2].messages.insert(PROJECT, m) for n, m in enumerate(messages[:20])),
        two_nodes[0].runs.insert(new_record(new_run(thread)), messages=[asked]),
        *(two_nodes[n % 2].messages.insert(PROJECT, m) for n, m in enumerate(messages[20:])),
        return_exceptions=True,
    )

    kept = answers.count(None)
    assert sum(isinstance(answer, ThreadBusyError) for answer in answers) == 40 - kept
    page = await two_nodes[0].messages.page(PROJECT, thread.id, PageQuery())
    assert page.first_id == asked.id
    assert len(page.items) == min(kept + 1, 20)


async def test_two_nodes_never_give_a_run_to_two_workers(two_nodes: list[PostgresStorage]):
    records = [await keep_run(two_nodes[0]) for _ in range(30)]

    async def claim_all(node: PostgresStorage, worker: str) -> list[RunRecord]:
        claims: list[RunRecord] = []
        while claimed := await node.runs.claim(worker, started, limit=3):
            claims += claimed
        return claims

    shares = await asyncio.gather(
        *(claim_all(node, f"worker-{number}") for number, node in enumerate(two_nodes * 2))
    )

    claimed = [record.run.id for share in shares for record in share]
    assert sorted(claimed) == sorted(record.run.id for record in records)


@pytest.mark.timeout(120)
async def test_nodes_that_write_to_the_same_threads_never_wait_in_a_circle(
    two_nodes: list[PostgresStorage], postgres_dsn: str
):
    before = await deadlocks(postgres_dsn)
    threads = [await keep_thread(two_nodes[0]) for _ in range(6)]

    async def live(node: PostgresStorage, number: int) -> None:
        for step in range(15):
            thread = threads[(number + step * 5) % len(threads)]
            with suppress(ThreadBusyError, MissingError):
                await node.messages.insert(PROJECT, new_message(thread))
                await node.runs.insert(new_record(new_run(thread)))
            for claimed in await node.runs.claim("worker-1", started, limit=2):
                await go_on(node, claimed)

    async def go_on(node: PostgresStorage, claimed: RunRecord) -> None:
        """Leave a run for another worker after a while, with something open that goes when it is claimed again."""
        thread = new_thread(id=claimed.run.thread_id)
        message = new_message(thread, run_id=claimed.run.id, status="in_progress")
        step = new_step(claimed.run, status="in_progress")
        status = "queued" if claimed.epoch < 3 else "completed"
        after = with_status(claimed, status, worker=None)
        await node.runs.write(claimed, steps=[step], messages=[message], after=after)

    async def replace_threads(node: PostgresStorage) -> None:
        for _ in range(10):
            await node.threads.delete(PROJECT, threads[0].id)
            threads[0] = new_thread()
            await node.threads.insert(PROJECT, threads[0])

    await asyncio.gather(
        *(live(two_nodes[number % 2], number) for number in range(12)),
        replace_threads(two_nodes[0]),
    )

    for node in two_nodes:
        await node.close()
    assert await deadlocks(postgres_dsn) == before


async def test_a_refused_write_of_a_run_does_not_hold_back_another(
    two_nodes: list[PostgresStorage],
):
    node = two_nodes[0]
    records = [await keep_claimed_run(node) for _ in range(3)]
    stale = with_status(records[1], "completed", epoch=7)

    answers = await asyncio.gather(
        node.runs.write(records[0], after=with_status(records[0], "completed")),
        node.runs.write(stale, after=stale),
        node.runs.write(records[2], steps=[new_step(records[2].run)]),
        node.messages.insert(PROJECT, new_message(new_thread())),
        return_exceptions=True,
    )

    assert answers[0] is not None
    assert answers[1] is None
    assert answers[2] == records[2]
    assert isinstance(answers[3], MissingError)
