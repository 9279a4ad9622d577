"""The duties of a node that works: executing, rescuing and expiring runs, reading files, cleaning up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from threadkeep.bus import Bus
from threadkeep.engine.cleaner import Cleaner
from threadkeep.engine.closer import Closer
from threadkeep.engine.expirer import Expirer
from threadkeep.engine.files import Files
from threadkeep.engine.images import Images
from threadkeep.engine.ingester import Ingester
from threadkeep.engine.rescuer import Rescuer
from threadkeep.engine.worker import Worker
from threadkeep.inference import ChatModel
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.retrieval import FileReader
from threadkeep.settings import EngineSettings
from threadkeep.storage import Storage
from threadkeep.storage.files import FileContents
from threadkeep.telemetry import Telemetry
from threadkeep.tools import ServerTool
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource

_CLEANING: Final = 10
"""How many sweeps for forgotten runs there are to one for what can be deleted: nobody waits for that."""


class Duties:
    """All of them, under one lease."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        chat_model: ChatModel,
        settings: EngineSettings,
        *,
        contents: FileContents,
        reader: FileReader,
        embedding_model: EmbeddingModel | None,
        server_tools: Sequence[ServerTool],
        closer: Closer,
        expirer: Expirer,
        files: Files,
        clock: Clock,
        ids: IdSource,
        telemetry: Telemetry,
        node: str,
    ) -> None:
        self._expirer = expirer
        self.worker = Worker(
            storage,
            bus,
            chat_model,
            images=Images(contents),
            server_tools=server_tools,
            settings=settings,
            clock=clock,
            ids=ids,
            telemetry=telemetry,
            node=node,
        )
        self._rescuer = Rescuer(
            storage, bus, closer, self.worker, interval_seconds=settings.sweep_seconds
        )
        self._ingester = Ingester(
            storage,
            bus,
            contents,
            reader,
            embedding_model,
            worker=self.worker,
            settings=settings,
            telemetry=telemetry,
        )
        self._cleaner = Cleaner(
            storage, contents, files, interval_seconds=_CLEANING * settings.sweep_seconds
        )

    async def start(self) -> None:
        """Begin: with the runs that earlier workers left."""
        await self._cleaner.open()
        await self.worker.open()
        self._rescuer.start()
        self._expirer.start()
        await self._ingester.open()

    async def drain(self) -> None:
        """Take on nothing more; let what there is come to an end for a while, and give the rest to other nodes."""
        await asyncio.gather(self.worker.drain(), self._ingester.drain())

    async def stop(self) -> None:
        """Drain and end."""
        await self.drain()
        await self._ingester.close()
        await self._cleaner.stop()
        await self._expirer.stop()
        await self._rescuer.stop()
        await self.worker.close()
