"""Ingester: reads the files that vector stores were given, so that search finds what they say."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from threadkeep.bus import Bus, Subscription
from threadkeep.engine.duty import Duty
from threadkeep.engine.reaching import LostError, patiently_embedded, reached
from threadkeep.engine.signals import INGEST_SUBJECT
from threadkeep.engine.worker import Worker
from threadkeep.errors import EmbeddingRefusedError, MissingError, StorageError
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.retrieval import FileReader, UnreadableFileError
from threadkeep.retrieval.embedding import ChunkEmbedder
from threadkeep.settings import EngineSettings
from threadkeep.storage import Chunk, IngestionRecord, Storage
from threadkeep.storage.files import FileContents
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.execution import observed_ingestion
from threadkeep.types.run import LastError
from threadkeep.types.vector_store import StaticChunking, StaticChunkingStrategy

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 3
"""A file whose readers died so often, each with its server, is given up."""
_PATIENCE_SECONDS: Final = 60.0
"""How long the bytes of a file may be out of reach before it is given up."""
_EMBEDDED_AT_A_TIME: Final = 32
"""Chunks. Between two times it is seen that the file is still wanted."""
SOMETHING_WENT_WRONG: Final = LastError(
    code="server_error", message="The file could not be read because of a server error."
)


class Ingester(Duty):
    """Each tick claims files as far as there is room. They are held by the lease of the worker beside it."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        contents: FileContents,
        reader: FileReader,
        embedding_model: EmbeddingModel | None,
        *,
        worker: Worker,
        settings: EngineSettings,
        telemetry: Telemetry,
    ) -> None:
        super().__init__(settings.sweep_seconds)
        self._storage = storage
        self._bus = bus
        self._contents = contents
        self._reader = reader
        self._embedding_model = embedding_model
        self._worker = worker
        self._settings = settings
        self._telemetry = telemetry
        self._records: dict[asyncio.Task[None], IngestionRecord] = {}
        self._claiming: asyncio.Task[None] | None = None
        self._is_in_doubt = False
        self._is_draining = False
        self._waking: Subscription | None = None

    async def open(self) -> None:
        """Listen, and begin to claim."""
        self._waking = await self._bus.subscribe(
            INGEST_SUBJECT, lambda _: self.hurry(), queue="ingesters"
        )
        self.start()

    async def drain(self) -> None:
        """Claim no more; let what is being read come to its end for `drain_seconds`, and give back the rest."""
        if self._is_draining:
            return
        self._is_draining = True
        if self._waking is not None:
            await self._waking.cancel()
        await self.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                while pending := [*self._records, *([self._claiming] if self._claiming else [])]:
                    await asyncio.wait(pending)
        await self._give_back_all()

    async def close(self) -> None:
        """Drain, also if that was broken off before."""
        await self.drain()
        await self._give_back_all()

    async def tick(self) -> None:
        """Claim what waits. Whoever is done makes the next tick come at once."""
        if self._claiming is not None or not self._worker.lease.is_held:
            return
        if self._is_in_doubt:
            await self._give_back_strays()
        room = self._settings.ingestion_concurrency - len(self._records)
        if room > 0:
            self._claiming = asyncio.create_task(self._claim(room))
            self._claiming.add_done_callback(_heard)
            await asyncio.shield(self._claiming)

    async def _claim(self, room: int) -> None:
        self._is_in_doubt = (
            True  # until the answer is here: without it, files may be ours unknown to us
        )
        try:
            records = await self._storage.vector_store_files.claim(
                self._worker.id, room, orphans=self._worker.may_rescue
            )
            self._is_in_doubt = False
        finally:
            self._claiming = None
        for record in records:
            task = asyncio.create_task(self._ingest(record), name=record.vector_store_file.id)
            self._records[task] = record
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._records[task]
        self.hurry()

    async def _give_back_strays(self) -> None:
        """Release what is ours and not read, since the answer to a claim was lost."""
        reading = {_key(record) for record in self._records.values()}
        for record in await self._storage.vector_store_files.owned(self._worker.id):
            if _key(record) not in reading:
                await self._storage.vector_store_files.release(record)
        self._is_in_doubt = False

    async def _give_back_all(self) -> None:
        """Read no more. What cannot be released is free once the worker's lease has ended."""
        reading = dict(self._records)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        with suppress(StorageError, TimeoutError):
            async with asyncio.timeout(self._settings.lease_seconds):
                for record in reading.values():
                    await self._storage.vector_store_files.release(record)
                    self._bus.publish(INGEST_SUBJECT, b"")

    async def _ingest(self, record: IngestionRecord) -> None:
        """Read one file and write what came of it, however often it takes: nobody else will."""
        with observed_ingestion(self._telemetry, record) as observed:
            outcome = await self._read(record)
            observed.outcome = "failed" if isinstance(outcome, LastError) else "completed"
            observed.chunk_count = 0 if isinstance(outcome, LastError) else len(outcome)
        while True:
            try:
                return await reached(
                    partial(self._write, record, outcome), lambda: False, record.file.id
                )
            except Exception:
                logger.exception("%s: what was read could not be written", record.file.id)
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
            return await self._embedded(record, await self._chunks(record))
        except UnreadableFileError as error:
            return LastError(code=error.code, message=error.message)
        except EmbeddingRefusedError as error:
            return LastError(code="server_error", message=f"It could not be embedded. {error}")
        except (
            MissingError,
            LostError,
        ):  # deleted just now, and so no longer ours; else its bytes are lost
            return SOMETHING_WENT_WRONG
        except Exception:
            logger.exception("%s could not be read", record.file.id)
            return SOMETHING_WENT_WRONG

    async def _chunks(self, record: IngestionRecord) -> list[Chunk]:
        """Also if the bytes are out of reach for a while. Raises `LostError` if that lasts."""
        until = time.monotonic() + _PATIENCE_SECONDS
        return await reached(
            partial(self._read_once, record), lambda: time.monotonic() > until, record.file.id
        )

    async def _read_once(self, record: IngestionRecord) -> list[Chunk]:
        async with aclosing(self._contents.read(record.project, record.file.id)) as parts:
            return await self._reader.read(record.file.filename, parts, _sizes(record))

    async def _embedded(self, record: IngestionRecord, chunks: list[Chunk]) -> list[Chunk]:
        """The chunks with vectors, if there is an embedding model.

        Raises `EmbeddingRefusedError`, and `LostError` if the file was taken away meanwhile.
        """
        if self._embedding_model is None:
            return chunks
        embedder = ChunkEmbedder(self._embedding_model)
        embedded: list[Chunk] = []
        for begin in range(0, len(chunks), _EMBEDDED_AT_A_TIME):
            some = chunks[begin : begin + _EMBEDDED_AT_A_TIME]
            embedded += await patiently_embedded(
                partial(embedder.embedded, some), partial(self._is_ours, record), record.file.id
            )
        return embedded

    async def _is_ours(self, record: IngestionRecord) -> bool:
        owned = await self._storage.vector_store_files.owned(self._worker.id)
        return _key(record) in map(_key, owned)


def _heard(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # told to whoever waits, if anybody still does


def _key(record: IngestionRecord) -> tuple[str, str, int]:
    return record.vector_store_file.vector_store_id, record.file.id, record.epoch


def _sizes(record: IngestionRecord) -> StaticChunking:
    strategy = record.vector_store_file.chunking_strategy
    return strategy.static if isinstance(strategy, StaticChunkingStrategy) else StaticChunking()
