"""Every place for the bytes of files. To put another one under the whole contract, add it to `FILE_CONTENTS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.support.postgres_databases import DATABASES
from threadkeep.storage.files import FileContents
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.files.postgres import PostgresContents

MakeFileContents: TypeAlias = Callable[[Path], FileContents]
"""Makes one, empty and not yet open, that may use the folder; made anew with the same folder, it has the same bytes."""

FILE_CONTENTS: Final[dict[str, MakeFileContents]] = {
    "local-folder": lambda folder: LocalFolder(folder / "files"),
    "postgres": lambda folder: PostgresContents(DATABASES.of(folder)),
}


@pytest.fixture(params=list(FILE_CONTENTS))
async def file_contents(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[FileContents]:
    """An open, empty place for the bytes of files; the test runs once with each kind."""
    contents = FILE_CONTENTS[request.param](tmp_path)
    await contents.open()
    yield contents
    await contents.close()
