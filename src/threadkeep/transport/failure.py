"""What a transport says when no response came: which request, and why, without its secrets."""

from __future__ import annotations

from urllib.parse import urlsplit

from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.transport import Request


def connection_error(request: Request, reason: str) -> APIConnectionError:
    """Give the error of a request that could not be sent, or whose response broke off."""
    return APIConnectionError(f"{_target(request)}: {reason}")


def timeout_error(request: Request) -> APITimeoutError:
    """Give the error of a request that took longer than its `Timeout` allows."""
    return APITimeoutError(f"{_target(request)}: timed out")


def _target(request: Request) -> str:
    # Users put keys into queries and user parts; neither belongs in a log.
    parts = urlsplit(request.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{request.method} {parts.scheme}://{host}{parts.path}"
