"""Ingester: reads the files that vector stores were given, so that search finds what they say."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Final, NamedTuple

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
from threadkeep.telemetry.execution import IngestionOutcome, observed_ingestion
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


class _TakenAwayError(Exception):
    """The file was cancelled, deleted or added anew, or another worker has it: nothing more is read of it."""


class _Read(NamedTuple):
    """What was read of a file: the `last` few chunks, and `position` chunks before them, which are put aside."""

    last: Sequence[Chunk] = ()
    position: int = 0
    usage_bytes: int = 0

    @property
    def chunk_count(self) -> int:
        """All chunks."""
        return self.position + len(self.last)

    def followed_by(self, chunks: list[Chunk]) -> _Read:
        """This, with a few chunks more."""
        more_bytes = sum(len(chunk.text.encode()) for chunk in chunks)
        return _Read(chunks, self.chunk_count, self.usage_bytes + more_bytes)


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
            observed.outcome = _named(outcome)
            observed.chunk_count = outcome.chunk_count if isinstance(outcome, _Read) else 0
        while outcome is not None:
            try:
                await reached(partial(self._write, record, outcome), lambda: False, record.file.id)
            except Exception:
                logger.exception("%s: what was read could not be written", record.file.id)
                outcome = SOMETHING_WENT_WRONG
                await asyncio.sleep(self.interval_seconds)
            else:
                return

    async def _write(self, record: IngestionRecord, outcome: _Read | LastError) -> None:
        files = self._storage.vector_store_files
        if isinstance(outcome, LastError):
            logger.info("%s could not be read: %s", record.file.id, outcome.message)
            await files.fail(record, outcome)
        else:
            await files.complete(
                record, outcome.last, outcome.usage_bytes, position=outcome.position
            )

    async def _read(self, record: IngestionRecord) -> _Read | LastError | None:
        """What was read of the file; why nothing, if it cannot be read; None if it was taken away meanwhile."""
        if record.attempts > MAX_ATTEMPTS:
            return SOMETHING_WENT_WRONG
        try:
            return await self._read_patiently(record)
        except _TakenAwayError:
            return None
        except UnreadableFileError as error:
            return LastError(code=error.code, message=error.message)
        except EmbeddingRefusedError as error:
            return LastError(code="server_error", message=f"It could not be embedded. {error}")
        except MissingError:
            pass  # deleted just now, and so no longer ours; else its bytes are lost
        except Exception:
            logger.exception("%s could not be read", record.file.id)
        return SOMETHING_WENT_WRONG

    async def _read_patiently(self, record: IngestionRecord) -> _Read:
        """Also if the bytes are out of reach for a while. Raises `LostError` if that lasts."""
        until = time.monotonic() + _PATIENCE_SECONDS
        return await reached(
            partial(self._read_once, record), lambda: time.monotonic() > until, record.file.id
        )

    async def _read_once(self, record: IngestionRecord) -> _Read:
        """All chunks but the last few are put aside as they come, so that no more than a few are held at a time."""
        read = _Read()
        embedder = ChunkEmbedder(self._embedding_model) if self._embedding_model else None
        parts = self._contents.read(record.project, record.file.id)
        async with aclosing(parts):
            batches = self._reader.read(record.file.filename, parts, _sizes(record))
            async with aclosing(batches):
                async for chunks in batches:
                    await self._put_aside(record, read)
                    read = read.followed_by(await self._embedded(record, chunks, embedder))
        return read

    async def _put_aside(self, record: IngestionRecord, read: _Read) -> None:
        put_aside = self._storage.vector_store_files.put_aside
        if read.last and not await reached(
            partial(put_aside, record, read.last, read.position), lambda: False, record.file.id
        ):
            raise _TakenAwayError

    async def _embedded(
        self, record: IngestionRecord, chunks: list[Chunk], embedder: ChunkEmbedder | None
    ) -> list[Chunk]:
        """The next chunks of the file with vectors, if there is an embedding model.

        Raises `EmbeddingRefusedError`, and `_TakenAwayError` if the file was taken away meanwhile.
        """
        if embedder is None:
            return chunks
        embedded: list[Chunk] = []
        for begin in range(0, len(chunks), _EMBEDDED_AT_A_TIME):
            some = chunks[begin : begin + _EMBEDDED_AT_A_TIME]
            try:
                embedded += await patiently_embedded(
                    partial(embedder.embedded, some), partial(self._is_ours, record), record.file.id
                )
            except LostError:
                raise _TakenAwayError from None
        return embedded

    async def _is_ours(self, record: IngestionRecord) -> bool:
        owned = await self._storage.vector_store_files.owned(self._worker.id)
        return _key(record) in map(_key, owned)


def _heard(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # told to whoever waits, if anybody still does


def _key(record: IngestionRecord) -> tuple[str, str, int]:
    return record.vector_store_file.vector_store_id, record.file.id, record.epoch


def _named(outcome: _Read | LastError | None) -> IngestionOutcome:
    match outcome:
        case None:
            return "taken away"
        case LastError():
            return "failed"
        case _:
            return "completed"


def _sizes(record: IngestionRecord) -> StaticChunking:
    strategy = record.vector_store_file.chunking_strategy
    return strategy.static if isinstance(strategy, StaticChunkingStrategy) else StaticChunking()
