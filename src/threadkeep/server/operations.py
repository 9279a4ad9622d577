"""What operators ask of a node: its health and its numbers, on the API's port or on one of their own."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from threadkeep.inference import ChatModel
from threadkeep.server.health import HealthPages
from threadkeep.server.metrics import MetricsPage
from threadkeep.server.node import Node


def health_routes(node: Node, chat_model: ChatModel | None = None) -> list[Route]:
    """For everybody: nothing that they tell is a secret."""
    pages = HealthPages(node, chat_model)
    return [
        Route("/health", pages.health),
        Route("/health/live", pages.live),
        Route("/health/ready", pages.ready),
    ]


def metrics_route(node: Node) -> Route:
    """For operators alone: how much is done here is nobody else's business."""
    return Route("/metrics", MetricsPage(node).answer)


def create_operations_app(node: Node, chat_model: ChatModel | None = None) -> Starlette:
    """Both, for a port that only operators reach; it has no API, and asks for no key."""
    return Starlette(routes=[*health_routes(node, chat_model), metrics_route(node)])
