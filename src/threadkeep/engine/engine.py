"""The engine: the verbs of the API, and the duties of a node that makes runs move."""

from __future__ import annotations

from collections.abc import Sequence

from threadkeep.bus import Bus
from threadkeep.engine.assistants import Assistants
from threadkeep.engine.closer import Closer
from threadkeep.engine.dispatcher import Dispatcher
from threadkeep.engine.duties import Duties
from threadkeep.engine.expirer import Expirer
from threadkeep.engine.file_batches import FileBatches
from threadkeep.engine.files import Files
from threadkeep.engine.follower import Follower
from threadkeep.engine.messages import Messages
from threadkeep.engine.references import References
from threadkeep.engine.reindexing import Reindexer
from threadkeep.engine.runs import Runs
from threadkeep.engine.threads import Threads
from threadkeep.engine.tool_resources import ToolResourcesKeeper
from threadkeep.engine.vector_store_files import VectorStoreFiles
from threadkeep.engine.vector_stores import VectorStores
from threadkeep.inference import ChatModel
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.retrieval import FileReader
from threadkeep.retrieval.rewriting import QueryRewriter
from threadkeep.retrieval.searching import Searcher
from threadkeep.settings import EngineSettings
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.telemetry import Telemetry
from threadkeep.telemetry.chat_model import ObservedChatModel
from threadkeep.tools import ServerTool
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource, RandomIds


class Engine:
    """Works on an open storage and a started bus, between `start` and `stop`.

    An engine that does not work (`works` is False) has the verbs alone: what they leave to be done, other nodes do.
    """

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        chat_model: ChatModel,
        settings: EngineSettings | None = None,
        *,
        contents: FileContents,
        reader: FileReader,
        embedding_model: EmbeddingModel | None = None,
        rewrite_model: str | None = None,
        server_tools: Sequence[ServerTool] = (),
        clock: Clock | None = None,
        ids: IdSource | None = None,
        works: bool = True,
        telemetry: Telemetry | None = None,
        node: str = "",
    ) -> None:
        settings, clock, ids = (
            settings or EngineSettings(),
            clock or storage.clock,
            ids or RandomIds(),
        )
        telemetry = telemetry or Telemetry()
        closer = Closer(storage, bus, clock)
        expirer = Expirer(
            storage,
            closer,
            clock,
            interval_seconds=settings.sweep_seconds,
            grace_seconds=settings.lease_seconds,
        )
        self.files = Files(storage, contents, clock, ids)
        self.duties = (
            Duties(
                storage,
                bus,
                chat_model,
                settings,
                contents=contents,
                reader=reader,
                embedding_model=embedding_model,
                server_tools=server_tools,
                closer=closer,
                expirer=expirer,
                files=self.files,
                clock=clock,
                ids=ids,
                telemetry=telemetry,
                node=node,
            )
            if works
            else None
        )
        worker = None if self.duties is None else self.duties.worker
        references = References(storage, chat_model)
        self.vector_stores = VectorStores(
            storage,
            bus,
            references=references,
            searcher=Searcher(storage, embedding_model),
            rewriter=QueryRewriter(ObservedChatModel(chat_model, telemetry), rewrite_model),
            clock=clock,
            source=ids,
        )
        self.reindexing = Reindexer(storage, embedding_model)
        self.vector_store_files = VectorStoreFiles(storage, bus, clock)
        self.file_batches = FileBatches(storage, bus, clock, ids)
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
            expirer=expirer,
            dispatcher=Dispatcher(bus, worker),
            clock=clock,
            source=ids,
            settings=settings,
        )
        self.follower = Follower(
            storage,
            bus,
            telemetry.metrics,
            lambda: self.is_draining,
            log=None if worker is None else worker.log,
        )
        self.is_draining = False

    async def start(self) -> None:
        """Begin to work on runs, if this is an engine that works: those that earlier workers left first."""
        if self.duties is not None:
            await self.duties.start()

    async def drain(self) -> None:
        """Take on nothing more; let runs come to an end for as long as the settings say, and hand over the rest."""
        self.is_draining = True
        if self.duties is not None:
            await self.duties.drain()

    async def stop(self) -> None:
        """Drain, and leave what is left to other nodes or to the next start."""
        self.is_draining = True
        if self.duties is not None:
            await self.duties.stop()
