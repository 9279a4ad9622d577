"""The clock under the embedded server jumps, forward and back, while it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import shifting_clock
from tests.chaos.embedded import EmbeddedServer
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load


@pytest.fixture
def clock_file(tmp_path):
    file = tmp_path / "seconds"
    file.write_text("0")
    return file


@pytest.fixture
async def embedded(scripted_model, script, tmp_path, clock_file):
    program = [str(Path(shifting_clock.__file__)), str(clock_file)]
    server = EmbeddedServer(tmp_path, scripted_model.base_url, program=program)
    await server.start()
    yield server
    await server.kill()


# Shorter than a run may take, longer than a lease.
@pytest.mark.parametrize("jumps", [(300, 0), (-3600, 0), (60, -60, 120)])
async def test_a_clock_that_jumps_loses_and_repeats_nothing(
    embedded, caller, clock_file, script, jumps
):
    async with Load(caller) as load:
        for seconds in jumps:
            await load.reach(ended=3)
            clock_file.write_text(str(seconds))
        await load.reach(ended=10)
        await load.finish()
    await check_kept(load.ledger, caller)
    assert script.repeated == 0
