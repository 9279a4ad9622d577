"""The engine: the verbs of the API, and the parts that make runs move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threadkeep.bus import Bus
from threadkeep.engine.assistants import Assistants
from threadkeep.engine.cleaner import Cleaner
from threadkeep.engine.closer import Closer
from threadkeep.engine.expirer import Expirer
from threadkeep.engine.file_batches import FileBatches
from threadkeep.engine.files import Files
from threadkeep.engine.follower import Follower
from threadkeep.engine.images import Images
from threadkeep.engine.ingester import Ingester
from threadkeep.engine.messages import Messages
from threadkeep.engine.references import References
from threadkeep.engine.rescuer import Rescuer
from threadkeep.engine.runs import Runs
from threadkeep.engine.threads import Threads
from threadkeep.engine.tool_resources import ToolResourcesKeeper
from threadkeep.engine.vector_store_files import VectorStoreFiles
from threadkeep.engine.vector_stores import VectorStores
from threadkeep.engine.worker import Worker
from threadkeep.inference import ChatModel
from threadkeep.retrieval import FileReader
from threadkeep.settings import EngineSettings
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.tools import ServerTool
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource, RandomIds

_CLEANING: Final = 10
"""How many sweeps for forgotten runs there are to one for what can be deleted: nobody waits for that."""


class Engine:
    """Works on an open storage and a started bus, between `start` and `stop`."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        chat_model: ChatModel,
        settings: EngineSettings | None = None,
        *,
        contents: FileContents,
        reader: FileReader,
        server_tools: Sequence[ServerTool] = (),
        clock: Clock | None = None,
        ids: IdSource | None = None,
    ) -> None:
        settings, clock, ids = (
            settings or EngineSettings(),
            clock or storage.clock,
            ids or RandomIds(),
        )
        closer = Closer(storage, bus, clock)
        self._expirer = Expirer(
            storage,
            closer,
            clock,
            interval_seconds=settings.sweep_seconds,
            grace_seconds=settings.lease_seconds,
        )
        self._worker = Worker(
            storage,
            bus,
            chat_model,
            images=Images(contents),
            server_tools=server_tools,
            settings=settings,
            clock=clock,
            ids=ids,
        )
        self._rescuer = Rescuer(
            storage, bus, closer, self._worker, interval_seconds=settings.sweep_seconds
        )
        self._ingester = Ingester(
            storage,
            contents,
            reader,
            worker=self._worker.id,
            concurrency=settings.ingestion_concurrency,
            interval_seconds=settings.sweep_seconds,
        )
        self.files = Files(storage, contents, clock, ids)
        self._cleaner = Cleaner(
            storage, contents, self.files, interval_seconds=_CLEANING * settings.sweep_seconds
        )
        references = References(storage, chat_model)
        self.vector_stores = VectorStores(storage, references, self._ingester, clock, ids)
        self.vector_store_files = VectorStoreFiles(storage, self._ingester, clock)
        self.file_batches = FileBatches(storage, self._ingester, clock, ids)
        resources = ToolResourcesKeeper(storage, self.vector_stores, self.vector_store_files)
        self.assistants = Assistants(storage, references, resources, clock, ids)
        self.messages = Messages(storage, references, resources, clock, ids)
        self.threads = Threads(storage, references, resources, self.messages, clock, ids)
        self.runs = Runs(
            storage,
            bus,
            references=references,
            resources=resources,
            threads=self.threads,
            messages=self.messages,
            closer=closer,
            expirer=self._expirer,
            clock=clock,
            source=ids,
            run_seconds=settings.run_seconds,
        )
        self.follower = Follower(storage, bus)

    async def start(self) -> None:
        """Begin to work on runs: those that earlier workers left first."""
        await self._cleaner.open()
        await self._worker.open()
        self._rescuer.start()
        self._expirer.start()
        self._ingester.start()

    async def stop(self) -> None:
        """Let runs come to an end for as long as the settings say, and leave the rest to the next start."""
        await self._cleaner.stop()
        await self._ingester.stop()
        await self._expirer.stop()
        await self._rescuer.stop()
        await self._worker.close()
