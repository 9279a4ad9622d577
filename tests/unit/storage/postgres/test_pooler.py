"""Behind a pooler in transaction mode, where no two transactions of a client need meet the same connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.contract.storage.test_claiming import *  # noqa: F403 - the contract again, through a pooler
from tests.contract.storage.test_fence import *  # noqa: F403
from tests.contract.storage.test_messages import *  # noqa: F403
from tests.contract.storage.test_runs import *  # noqa: F403
from tests.contract.storage.test_workers import *  # noqa: F403
from tests.support.manual_clock import ManualClock
from tests.support.message_load import MessageLoad
from tests.support.transaction_pooler import TransactionPooler
from threadkeep.storage.postgres import PostgresStorage


@pytest.fixture
def pooler(postgres_dsn: str) -> Iterator[TransactionPooler]:
    with TransactionPooler(urlsplit(postgres_dsn).port or 0) as pooler:
        yield pooler


@pytest.fixture
def pooled_dsn(postgres_dsn: str, pooler: TransactionPooler) -> str:
    return urlsplit(postgres_dsn)._replace(netloc=f"postgres@127.0.0.1:{pooler.port}").geturl()


@pytest.fixture
async def storage(pooled_dsn: str, manual_clock: ManualClock) -> AsyncIterator[PostgresStorage]:
    """Takes the place of the one by whose name the tests of the contract ask."""
    storage = PostgresStorage(pooled_dsn, manual_clock)
    await storage.open()
    yield storage
    await storage.close()


async def test_the_pooler_gives_each_transaction_another_connection(pooled_dsn: str):
    connection = await asyncpg.connect(pooled_dsn, statement_cache_size=0)

    pids = {await connection.fetchval("select pg_backend_pid()") for _ in range(4)}

    assert len(pids) == 2
    await connection.close()


async def test_many_callers_share_few_connections(
    storage: PostgresStorage, pooler: TransactionPooler
):
    async with MessageLoad(storage) as load:
        await load.more(500)

    await load.compare(storage)
    assert pooler.handed_out > 20
