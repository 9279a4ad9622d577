"""The clock under the embedded server jumps, forward and back, while it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import shifting_clock
from tests.chaos.embedded import EmbeddedServer
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.shifting_clock import set_clock


@pytest.fixture
def clock_file(tmp_path):
    set_clock(tmp_path / "seconds", 0)
    return tmp_path / "seconds"


@pytest.fixture
async def embedded(scripted_model, script, tmp_path, clock_file):
    program = [str(Path(shifting_clock.__file__)), str(clock_file)]
    server = EmbeddedServer(tmp_path, scripted_model.base_url, program=program)
    await server.start()
    yield server
    await server.kill()


# Longer than a lease, shorter than the time after which a run expires.
@pytest.mark.parametrize("jumps", [(300, 0), (-300, 0), (60, -60, 120)])
async def test_a_clock_that_jumps_loses_and_repeats_nothing(
    embedded, caller, clock_file, script, jumps
):
    async with Load(caller) as load:
        for seconds in jumps:
            await load.reach(ended=3)
            set_clock(clock_file, seconds)
        await load.reach(ended=10)
        await load.finish()
    await check_kept(load.ledger, caller)
    assert script.repeated == 0
