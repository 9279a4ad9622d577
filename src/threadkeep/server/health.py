"""/health: for whoever watches the server. Needs no key and tells no secret; what exactly is wrong is in the log."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from threadkeep.errors import ChatModelError
from threadkeep.inference import ChatModel
from threadkeep.server.node import PATIENCE_SECONDS, Node
from threadkeep.version import __version__

State = Literal["ok", "failing"]

NO_STORAGE: Final = "the storage cannot be read and written"
NO_BUS: Final = "the bus is not connected"
NEVER_ON_BUS: Final = "the bus has not been reached since the start"
DRAINING: Final = "this node is about to stop"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is. Without chat models it still serves, so they do not count for `status`."""

    status: State
    version: str = __version__
    storage: State
    models: list[str] | None
    """What runs may name; null if the chat models cannot be asked just now."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether requests may be sent here. A node that lost the bus still does everything, only more slowly."""

    status: Literal["ready", "degraded", "not ready"]
    version: str = __version__
    storage: State
    bus: State
    draining: bool
    problems: list[str]


class HealthPages:
    """What is answered under /health."""

    def __init__(self, node: Node, chat_model: ChatModel | None = None) -> None:
        self._node = node
        self._chat_model = chat_model

    async def health(self, _: Request) -> Response:
        """The server as a whole: 200, or 503 if the storage cannot be used."""
        check, models = await asyncio.gather(self._node.check_storage(), self._models())
        storage = _state(is_ok=check.is_ok)
        return _page(Health(status=storage, storage=storage, models=models), is_good=check.is_ok)

    async def live(self, _: Request) -> Response:
        """200 as long as anything is answered at all."""
        return _page({"status": "live", "version": __version__}, is_good=True)

    async def ready(self, _: Request) -> Response:
        """Whether requests may be sent here: 200, or 503."""
        check = await self._node.check_storage()
        readiness = _readiness(
            is_stored=check.is_ok,
            is_on_bus=self._node.is_on_bus,
            has_met_bus=self._node.has_met_bus,
            is_draining=self._node.is_draining,
        )
        return _page(readiness, is_good=readiness.status != "not ready")

    async def _models(self) -> list[str] | None:
        if self._chat_model is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return [model.id for model in await self._chat_model.models()]
        except (ChatModelError, TimeoutError):
            return None


def _readiness(
    *, is_stored: bool, is_on_bus: bool, has_met_bus: bool, is_draining: bool
) -> Readiness:
    """What is wrong, and whether that keeps requests away. Pure."""
    grave = [
        text
        for text, is_so in (
            (NO_STORAGE, not is_stored),
            (NEVER_ON_BUS, not has_met_bus),
            (DRAINING, is_draining),
        )
        if is_so
    ]
    slight = [NO_BUS] if has_met_bus and not is_on_bus else []
    return Readiness(
        status="not ready" if grave else "degraded" if slight else "ready",
        storage=_state(is_ok=is_stored),
        bus=_state(is_ok=is_on_bus),
        draining=is_draining,
        problems=grave + slight,
    )


def _state(*, is_ok: bool) -> State:
    return "ok" if is_ok else "failing"


def _page(shown: object, *, is_good: bool) -> Response:
    headers = {"cache-control": "no-store"}
    status = 200 if is_good else 503
    body = msgspec.json.encode(shown)
    return Response(body, status, headers, media_type="application/json")
