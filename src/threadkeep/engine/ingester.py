"""Ingester: reads the files that vector stores were given, so that search finds what they say."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import Final

from threadkeep.engine.duty import Duty
from threadkeep.errors import MissingError, StorageError
from threadkeep.retrieval import FileReader, UnreadableFileError
from threadkeep.storage import Chunk, IngestionRecord, Storage
from threadkeep.storage.files import FileContents
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import StaticChunking, StaticChunkingStrategy

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 3
"""A file whose readers died so often, each with its server, is given up."""
SOMETHING_WENT_WRONG: Final = LastError(
    code="server_error", message="The file could not be read because of a server error."
)


class Ingester(Duty):
    """Each tick claims files as far as there is room. They are held by the lease of the worker beside it."""

    def __init__(
        self,
        storage: Storage,
        contents: FileContents,
        reader: FileReader,
        *,
        worker: str,
        concurrency: int,
        interval_seconds: float,
    ) -> None:
        super().__init__(interval_seconds)
        self._storage = storage
        self._contents = contents
        self._reader = reader
        self._worker = worker
        self._concurrency = concurrency
        self._tasks: set[asyncio.Task[None]] = set()

    async def tick(self) -> None:
        """Claim what waits. Whoever is done makes the next tick come at once."""
        room = self._concurrency - len(self._tasks)
        if room <= 0:
            return
        for record in await self._storage.vector_store_files.claim(self._worker, room):
            task = asyncio.create_task(self._ingest(record), name=record.vector_store_file.id)
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def stop(self) -> None:
        """End; what is being read is left to whoever comes, once the worker's lease has ended."""
        await super().stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.hurry()

    async def _ingest(self, record: IngestionRecord) -> None:
        """Read one file and write what came of it, however often it takes: nobody else will."""
        outcome = await self._read(record)
        while True:
            try:
                return await self._write(record, outcome)
            except Exception as error:
                logger.exception("%s: what was read could not be written", record.file.id)
                if not isinstance(error, StorageError):
                    outcome = SOMETHING_WENT_WRONG
                await asyncio.sleep(self.interval_seconds)

    async def _write(self, record: IngestionRecord, outcome: list[Chunk] | LastError) -> None:
        files = self._storage.vector_store_files
        if isinstance(outcome, LastError):
            logger.info("%s could not be read: %s", record.file.id, outcome.message)
            await files.fail(record, outcome)
        else:
            await files.complete(
                record, outcome, sum(len(chunk.text.encode()) for chunk in outcome)
            )

    async def _read(self, record: IngestionRecord) -> list[Chunk] | LastError:
        """The chunks of the file; why there are none, if it cannot be read."""
        if record.attempts > MAX_ATTEMPTS:
            return SOMETHING_WENT_WRONG
        try:
            async with aclosing(self._contents.read(record.project, record.file.id)) as parts:
                return await self._reader.read(record.file.filename, parts, _sizes(record))
        except UnreadableFileError as error:
            return LastError(code=error.code, message=error.message)
        except MissingError:  # deleted just now, and so no longer ours; else its bytes are lost
            return SOMETHING_WENT_WRONG
        except Exception:
            logger.exception("%s could not be read", record.file.id)
            return SOMETHING_WENT_WRONG


def _sizes(record: IngestionRecord) -> StaticChunking:
    strategy = record.vector_store_file.chunking_strategy
    return strategy.static if isinstance(strategy, StaticChunkingStrategy) else StaticChunking()
