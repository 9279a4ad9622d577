"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.caller import Caller
from tests.chaos.embedded import EmbeddedServer
from tests.chaos.script import Script
from tests.support.scripted_model import ScriptedModel

_SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Servers that die have to start again, which takes its time on a busy machine."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(_SECONDS))


@pytest.fixture
def script(scripted_model: ScriptedModel) -> Script:
    """What the model behind the servers says."""
    script = Script()
    scripted_model.answer(script)
    return script


@pytest.fixture
async def embedded(
    scripted_model: ScriptedModel, script: Script, tmp_path: Path
) -> AsyncIterator[EmbeddedServer]:
    """A server that serves."""
    server = EmbeddedServer(tmp_path, scripted_model.base_url)
    await server.start()
    yield server
    await server.kill()
    print("".join(server.process.output))  # it is shown if the test fails


@pytest.fixture
async def caller(embedded: EmbeddedServer) -> AsyncIterator[Caller]:
    """Calls of that server."""
    caller = Caller([embedded.url])
    yield caller
    await caller.close()
