"""One fault after the other in a cluster on PostgreSQL and NATS, with clients at work all the while."""

from __future__ import annotations

import random

import pytest

from tests.chaos import faults
from tests.chaos.caller import Caller
from tests.chaos.cluster import Cluster
from tests.chaos.file_load import FileLoad, check_files_kept
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.script import Script
from tests.support.scripted_model import ScriptedModel

RESTARTING = [faults.kill, faults.freeze, faults.cut_off]
"""These take its runs from a worker, so that others begin them anew."""
HARMLESS = [
    faults.kill_api,
    faults.kill_nats,
    faults.cut_worker_off_the_bus,
    faults.kill_postgres,
    faults.outlast_leases,
    faults.lose_commit_answers,
    faults.shift_clocks,
]
"""With these, every run stays where it is: its first claim is its last."""


@pytest.fixture(scope="module")
def model():
    with ScriptedModel() as model:
        yield model


@pytest.fixture(scope="module")
async def cluster(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder, model.base_url, has_own_clocks=True)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()
        print(cluster.output)  # it is shown if the test fails


@pytest.fixture
def script(model):
    script = Script()
    model.answer(script)
    return script


@pytest.fixture
async def caller(cluster):
    caller = Caller(cluster.urls)
    yield caller
    await caller.close()


async def hurt(cluster, caller, fault):
    """A load, in the middle of which the fault happens; all of it is kept."""
    await cluster.ready()
    async with Load(caller) as load:
        await load.reach(ended=5)
        await fault(cluster, random.Random(1))
        await load.reach(ended=10)
        await load.finish()
    await check_kept(load.ledger, caller)
    return load.ledger


async def test_files_are_kept_and_read_once(cluster, caller):
    async with FileLoad(caller) as load:
        for fault in (faults.kill_worker, faults.kill_postgres):
            await load.reach(ended=2)
            await fault(cluster, random.Random(1))
        await load.finish()
    await check_files_kept(load, caller)


@pytest.mark.parametrize("harm", RESTARTING)
async def test_runs_that_a_worker_loses_end_elsewhere(cluster, caller, script, harm):
    async def fault(*_):
        await harm(cluster, await cluster.frozen_at_work())

    before = cluster.rescues
    await hurt(cluster, caller, fault)
    assert cluster.rescues > before


async def test_everything_dies_at_once(cluster, caller, script):
    await hurt(cluster, caller, faults.kill_everything)


@pytest.mark.parametrize("fault", HARMLESS)
async def test_runs_stay_where_they_are(cluster, caller, script, fault):
    before = cluster.rescues
    ledger = await hurt(cluster, caller, fault)
    assert cluster.rescues == before
    assert script.repeated <= sum(run.lost_answers for run in ledger.runs)
