"""A load of files: clients that upload them and have them read, whatever becomes of the servers."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import dataclass
from typing import Any

from tests.chaos.caller import PAUSE_SECONDS, Caller
from tests.chaos.clients import Clients
from tests.support.uploads import field, file, form

_FILES_PER_BATCH = 3
_LINES = 400
_GIVEN_UP = "because of a server error"


@dataclass
class FileEntry:
    """A file whose upload was acknowledged, what it says, and what became of it in the vector store."""

    id: str
    text: str
    end: dict[str, Any] | None = None


class FileLoad(Clients):
    """Each client uploads some files, adds them to the one vector store and waits until they are read."""

    def __init__(self, caller: Caller, *, count: int = 4, seed: int = 1) -> None:
        super().__init__(count)
        self.files: list[FileEntry] = []
        self.store = ""
        self._caller = caller
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)

    @property
    def ended(self) -> int:
        """How many files were read."""
        return sum(entry.end is not None for entry in self.files)

    async def prepare(self) -> None:
        """Make the vector store."""
        self.store = (await self._caller.ok("POST", "/vector_stores", {}))["id"]

    def unfinished(self) -> str:
        """The files that were not read."""
        return str([entry.id for entry in self.files if entry.end is None])

    async def work(self) -> None:
        """One file by itself, or some as a batch."""
        if self._random.random() < 0.5:
            entries = [await self._upload()]
            await self._caller.call("POST", self._path, {"file_id": entries[0].id})
        else:
            entries = [await self._upload() for _ in range(_FILES_PER_BATCH)]
            body = {"file_ids": [entry.id for entry in entries]}
            await self._caller.call("POST", f"/vector_stores/{self.store}/file_batches", body)
        for entry in entries:
            entry.end = await self._read(entry)

    async def _upload(self) -> FileEntry:
        number = next(self._numbers)
        text = "".join(f"Line {line} of story{number}x.\n" for line in range(_LINES))
        body = form([field("purpose", "assistants"), file(text.encode(), f"{number}.txt")])
        uploaded = await self._caller.ok("POST", "/files", body)
        self.files.append(FileEntry(uploaded["id"], text))
        return self.files[-1]

    async def _read(self, entry: FileEntry) -> dict[str, Any]:
        path = f"{self._path}/{entry.id}"
        while True:
            found = await self._caller.ok("GET", path)
            if found["status"] != "in_progress":
                return found
            await asyncio.sleep(PAUSE_SECONDS)

    @property
    def _path(self) -> str:
        return f"/vector_stores/{self.store}/files"


async def check_files_kept(load: FileLoad, caller: Caller) -> None:
    """Fail if a file was lost, or was not read whole and once."""
    problems = list(load.problems)
    completed = 0
    for entry in load.files:
        kept = await caller.ok("GET", f"/files/{entry.id}")
        if kept["bytes"] != len(entry.text):
            problems.append(f"{entry.id} has {kept['bytes']} bytes")
        end = await caller.ok("GET", f"/vector_stores/{load.store}/files/{entry.id}")
        if end != entry.end:
            problems.append(f"{entry.id} was {entry.end} and is {end}")
        if end["status"] == "completed":
            completed += 1
            problems += await _misread(load, entry, caller)
        elif _GIVEN_UP not in str(end["last_error"]):
            problems.append(f"{entry.id} is {end['status']}: {end['last_error']}")
    counts = (await caller.ok("GET", f"/vector_stores/{load.store}"))["file_counts"]
    if (counts["in_progress"], counts["completed"]) != (0, completed):
        problems.append(f"{completed} files are completed, but the vector store counts {counts}")
    assert not problems, "\n".join([f"{len(problems)} problems:", *problems[:20]])
    assert completed, "no file was read, so nothing was tried"


async def _misread(load: FileLoad, entry: FileEntry, caller: Caller) -> list[str]:
    path = f"/vector_stores/{load.store}"
    parts = (await caller.ok("GET", f"{path}/files/{entry.id}/content"))["data"]
    read = "".join(part["text"] for part in parts)
    return [] if read == entry.text else [f"{entry.id} was read as {len(read)} characters"]
