"""Every storage there is. To put another one under the whole contract, add it to `STORAGES`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.support.manual_clock import ManualClock
from tests.support.postgres_databases import DATABASES
from threadkeep.storage import Storage
from threadkeep.storage.postgres import PostgresStorage
from threadkeep.storage.sqlite import SQLiteStorage

MakeStorage: TypeAlias = Callable[[Path, ManualClock], Storage]
"""Makes a storage, empty and not yet open, that may use the folder and counts time by the clock."""

STORAGES: Final[dict[str, MakeStorage]] = {
    "sqlite-file": lambda folder, clock: SQLiteStorage(folder / "records.db", clock),
    "sqlite-memory": lambda _, clock: SQLiteStorage(":memory:", clock),
    "postgres": lambda folder, clock: PostgresStorage(DATABASES.of(folder), clock),
}

LASTING: Final[tuple[str, ...]] = ("sqlite-file", "postgres")
"""Those that can be closed and opened again: made anew with the same folder, they have the same records."""


@pytest.fixture(params=list(STORAGES))
async def storage(
    request: pytest.FixtureRequest, tmp_path: Path, manual_clock: ManualClock
) -> AsyncIterator[Storage]:
    """An open, empty storage; the test runs once with each kind."""
    storage = STORAGES[request.param](tmp_path, manual_clock)
    await storage.open()
    yield storage
    await storage.close()
