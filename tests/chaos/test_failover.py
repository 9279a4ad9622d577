"""PostgreSQL fails over to a synchronous standby, with clients at work all the while."""

from __future__ import annotations

import random

import pytest

from tests.chaos.caller import Caller
from tests.chaos.cluster import Cluster
from tests.chaos.faults import fail_over
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load


@pytest.fixture
async def cluster(scripted_model, script, tmp_path):
    cluster = Cluster(tmp_path, scripted_model.base_url, apis=1, workers=1, has_standby=True)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()
        print(cluster.output)  # it is shown if the test fails


@pytest.fixture
async def caller(cluster):
    caller = Caller(cluster.urls)
    yield caller
    await caller.close()


async def test_a_failover_loses_nothing_and_restarts_nothing(cluster, caller, script):
    async with Load(caller) as load:
        await load.reach(ended=5)
        await fail_over(cluster, random.Random(1))
        await load.reach(ended=10)
        await load.finish()
    await check_kept(load.ledger, caller)
    assert cluster.rescues == 0
    assert script.repeated <= sum(run.lost_answers for run in load.ledger.runs)
