"""The server's application: the API at its three addresses, health and numbers, and its own description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Lifespan

from threadkeep.engine.engine import Engine
from threadkeep.inference import ChatModel
from threadkeep.server.auth import Authenticator
from threadkeep.server.backend import Backend
from threadkeep.server.endpoint import Endpoint
from threadkeep.server.exchange import Exchanges
from threadkeep.server.node import Node
from threadkeep.server.openapi import describe
from threadkeep.server.operations import health_routes, metrics_route
from threadkeep.server.routes import API
from threadkeep.types.problem import Problem
from threadkeep.wire.problems import encode_problem

MOUNTS: Final = ("/v1", "/openai/v1", "/openai")
"""Where the API is served; the longer address before the shorter that it begins with."""


def create_app(
    *,
    node: Node,
    engine: Engine,
    chat_model: ChatModel,
    authenticator: Authenticator,
    require_beta_header: bool = False,
    lifespan: Lifespan[Starlette] | None = None,
) -> Starlette:
    """An ASGI application; opening the storage and starting the engine is left to `lifespan`."""
    backend = Backend(
        storage=node.storage,
        engine=engine,
        chat_model=chat_model,
        authenticator=authenticator,
        require_beta_header=require_beta_header,
    )
    app = Starlette(
        routes=_routes(backend, node),
        middleware=[Middleware(Exchanges, node.telemetry)],
        exception_handlers={HTTPException: _answer_http_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _routes(backend: Backend, node: Node) -> list[BaseRoute]:
    api = Router(
        [Route(path, Endpoint(backend, path, handlers)) for path, handlers in API.items()],
        redirect_slashes=False,  # /threads/ is no /threads: an empty id must not create anything
    )
    description = describe(API, MOUNTS)

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    return [
        *(Mount(mount, api) for mount in MOUNTS),
        *health_routes(node, backend.chat_model),
        *([metrics_route(node)] if backend.authenticator.is_open else []),
        Route("/openapi.json", openapi),
    ]


_TEXTS: Final[Mapping[int, str]] = {404: "Invalid URL", 405: "Invalid method for URL"}


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals in the words of the API."""
    assert isinstance(error, HTTPException)
    text = _TEXTS.get(error.status_code, error.detail)
    problem = Problem(message=f"{text} ({request.method} {request.scope['path']})")
    return Response(
        encode_problem(problem),
        error.status_code,
        headers=error.headers,
        media_type="application/json",
    )
