"""GET /health: for whoever watches the server; needs no key and tells no secret."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from threadkeep.errors import ChatModelError, StorageError
from threadkeep.server.backend import Backend
from threadkeep.version import __version__

_PATIENCE_SECONDS: Final = 2.0
_log: Final = logging.getLogger("threadkeep.server")

State = Literal["ok", "failing"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is. Without chat models it still serves, so they do not count for `status`."""

    status: State
    version: str = __version__
    storage: State
    models: list[str] | None
    """What runs may name; null if the chat models cannot be asked just now."""


class HealthCheck:
    """Answers with 200, or with 503 if the storage cannot be used."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def answer(self, _: Request) -> Response:
        """The health of the server, looked at now."""
        storage, models = await asyncio.gather(self._storage(), self._models())
        health = Health(status=storage, storage=storage, models=models)
        status = 200 if storage == "ok" else 503
        return Response(msgspec.json.encode(health), status, media_type="application/json")

    async def _storage(self) -> State:
        try:
            await self._backend.storage.check()
        except StorageError:
            _log.exception("the storage cannot be used")
            return "failing"
        return "ok"

    async def _models(self) -> list[str] | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return [model.id for model in await self._backend.chat_model.models()]
        except (ChatModelError, TimeoutError):
            return None
