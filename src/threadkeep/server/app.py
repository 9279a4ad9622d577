"""The server's application: the API at its three addresses, health and numbers, and its own description."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from threadkeep.engine.engine import Engine
from threadkeep.inference import ChatModel
from threadkeep.server.answer import address_problem
from threadkeep.server.auth import Authenticator
from threadkeep.server.backend import Backend
from threadkeep.server.endpoint import Endpoint
from threadkeep.server.exchange import Exchanges
from threadkeep.server.node import Node
from threadkeep.server.openapi import describe
from threadkeep.server.operations import health_routes, metrics_route
from threadkeep.server.paths import Paths
from threadkeep.server.routes import API
from threadkeep.wire.problems import encode_problem

MOUNTS: Final = ("/v1", "/openai/v1", "/openai")
"""Where the API is served."""


def create_app(
    *,
    node: Node,
    engine: Engine,
    chat_model: ChatModel,
    authenticator: Authenticator,
    require_beta_header: bool = False,
    lifespan: Lifespan[Starlette] | None = None,
) -> ASGIApp:
    """An ASGI application; opening the storage and starting the engine is left to `lifespan`."""
    backend = Backend(
        storage=node.storage,
        engine=engine,
        chat_model=chat_model,
        authenticator=authenticator,
        require_beta_header=require_beta_header,
    )
    others = Starlette(
        routes=_routes(backend, node),
        exception_handlers={HTTPException: _answer_http_error, Exception: _leave_to_exchanges},
        lifespan=lifespan,
    )
    others.router.redirect_slashes = False
    return Exchanges(Api(others, _endpoints(backend)), node.telemetry)


class Api:
    """Answers at the addresses of the API, and leaves all others to `app`."""

    def __init__(self, app: ASGIApp, endpoints: Paths[Endpoint]) -> None:
        self._app = app
        self._endpoints = endpoints

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        found = self._endpoints.find(_path(scope)) if scope["type"] == "http" else None
        if found is None:
            return self._app(scope, receive, send)
        scope["route"], scope["path_params"] = endpoint, _ = found
        return endpoint(scope, receive, send)


def _endpoints(backend: Backend) -> Paths[Endpoint]:
    endpoints = {path: Endpoint(backend, path, handlers) for path, handlers in API.items()}
    return Paths(MOUNTS, endpoints)


def _path(scope: Scope) -> str:
    """The path below the place, if there is one, where an ASGI server has the application."""
    path, root = scope["path"], scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _routes(backend: Backend, node: Node) -> list[Route]:
    description = describe(API, MOUNTS)

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    return [
        *health_routes(node, backend.chat_model),
        *([metrics_route(node)] if backend.authenticator.is_open else []),
        Route("/openapi.json", openapi),
    ]


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals in the words of the API."""
    assert isinstance(error, HTTPException)
    return Response(
        encode_problem(address_problem(error.status_code, request.scope)),
        error.status_code,
        headers=error.headers,
        media_type="application/json",
    )


async def _leave_to_exchanges(_: Request, error: Exception) -> Response:
    """A fault is told by those who know the id of the request."""
    raise error
