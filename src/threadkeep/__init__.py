"""Threadkeep keeps the Threads API alive: a typed client, and a server that answers it.

The names below are all that is meant for others, besides `threadkeep.types` (what the calls give)
and `threadkeep.embedded` (the client on a server in the same process). Each is imported when it is
first used, so that `import threadkeep` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from threadkeep.version import __version__

if TYPE_CHECKING:
    from threadkeep.client._async.client import AsyncClient
    from threadkeep.client._async.event_handler import AsyncAssistantEventHandler
    from threadkeep.client._async.run_stream import AsyncRunStream
    from threadkeep.client._sync.client import Client
    from threadkeep.client._sync.event_handler import AssistantEventHandler
    from threadkeep.client._sync.run_stream import RunStream
    from threadkeep.client.options import NOT_GIVEN
    from threadkeep.client.page import AsyncPage, Page
    from threadkeep.errors import (
        APIConnectionError,
        APIError,
        APIResponseValidationError,
        APIStatusError,
        APIStreamError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConflictError,
        InternalServerError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        SettingsError,
        ThreadkeepError,
        UnprocessableEntityError,
    )
    from threadkeep.transport import Timeout

__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APIStreamError",
    "APITimeoutError",
    "AssistantEventHandler",
    "AsyncAssistantEventHandler",
    "AsyncClient",
    "AsyncPage",
    "AsyncRunStream",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ConflictError",
    "InternalServerError",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "RateLimitError",
    "RunStream",
    "SettingsError",
    "ThreadkeepError",
    "Timeout",
    "UnprocessableEntityError",
    "__version__",
]

_HOMES = {
    "AssistantEventHandler": "client._sync.event_handler",
    "AsyncAssistantEventHandler": "client._async.event_handler",
    "AsyncClient": "client._async.client",
    "AsyncPage": "client.page",
    "AsyncRunStream": "client._async.run_stream",
    "Client": "client._sync.client",
    "NOT_GIVEN": "client.options",
    "Page": "client.page",
    "RunStream": "client._sync.run_stream",
    "Timeout": "transport",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    module = import_module(f"threadkeep.{_HOMES.get(name, 'errors')}")
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
