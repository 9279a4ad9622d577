"""Fixtures for all tests come from `tests/support`; each module there registers its own below."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

# No property depends on how busy the machine is, and the same examples are tried everywhere: what fails for one fails
# for all.
settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")

# Whoever starts the tests in the background may have turned Ctrl-C off, for them and for all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "tests.support.sharing",
    "tests.support.nats_server",
    "tests.support.buses",
    "tests.support.nats_nodes",
    "tests.support.canned_server",
    "tests.support.scripted_embeddings",
    "tests.support.clients",
    "tests.support.command",
    "tests.support.postgres_databases",
    "tests.support.file_contents",
    "tests.support.local_model",
    "tests.support.manual_clock",
    "tests.support.postgres_storages",
    "tests.support.scripted_model",
    "tests.support.sqlite_storages",
    "tests.support.storages",
    "tests.support.traces",
    "tests.support.transports",
    "tests.support.running_server",  # after those that it imports
    "tests.support.server_process",
    "tests.support.nodes",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The server and both clients run on asyncio."""
    return "asyncio"
