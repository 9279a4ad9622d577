"""Which requests need nothing but plain HTTP, where they go, and how they are written."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final, NamedTuple, NoReturn

from threadkeep.transport import Request
from threadkeep.transport.failure import connection_error, timeout_error
from threadkeep.transport.this_machine import THIS_MACHINE
from threadkeep.version import __version__

NEVER: Final = float("inf")
IDLE_SECONDS: Final = 30.0
"""How long a connection is kept for its next request."""

_PORT: Final = 80
_LAST_PORT: Final = 65535
_URL: Final = re.compile(
    r"http://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?][!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_NAME: Final = r"[!#$%&'*+.^_`|~0-9a-z-]+"
_VALUE: Final = r"[\t -~]*"
_HEADERS: Final = re.compile(rf"(?:{_NAME}: {_VALUE}\r\n)*", re.ASCII)
_USUAL_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "user-agent": f"threadkeep/{__version__}",
}
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class Place(NamedTuple):
    """Where a connection leads."""

    host: str
    port: int


class PlainRequest(NamedTuple):
    """A request as it is sent."""

    place: Place
    encoded: bytes


class PlainRequests:
    """Tells what needs no more than plain HTTP. The proxies are those of the environment at its first look."""

    def plain(self, request: Request) -> PlainRequest | None:
        """The request as it is sent, or None if it needs more: TLS, a proxy, a login, a body in chunks.

        Raises `ValueError` for headers that are none, and a port.
        """
        url = _URL.fullmatch(request.url.partition("#")[0])
        body = request.body or b""
        if url is None or not isinstance(body, bytes) or not self._is_direct(request):
            return None
        place = Place(url["host"].strip("[]"), int(url["port"] or _PORT))
        if place.port > _LAST_PORT:
            raise ValueError(f"there is no port {place.port}")
        return PlainRequest(place, _encoded(request, url, body))

    def _is_direct(self, request: Request) -> bool:
        """Whether no proxy stands between."""
        is_known = request.method in _METHODS
        return is_known and (THIS_MACHINE.match(request.url) is not None or not self._has_proxy)

    @cached_property
    def _has_proxy(self) -> bool:
        from urllib.request import getproxies  # noqa: PLC0415 - takes long, and few need it

        return not getproxies().keys().isdisjoint({"http", "all"})


def raise_failure(error: Exception, request: Request) -> NoReturn:
    """Raise what it is to whoever sent the request."""
    if isinstance(error, TimeoutError):
        raise timeout_error(request) from error
    if isinstance(error, OSError):
        raise connection_error(request, str(error)) from error
    raise error


def _encoded(request: Request, url: re.Match[str], body: bytes) -> bytes:
    port = f":{url['port']}" if url["port"] and int(url["port"]) != _PORT else ""
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {"host": f"{url['host']}{port}", **_USUAL_HEADERS, **given}
    if body or request.method in _WITH_BODY:
        headers["content-length"] = str(len(body))
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    # A line break within a value would pass for the end of its line.
    if not _HEADERS.fullmatch(lines) or lines.count("\r\n") != len(headers):
        raise ValueError("a header has a name that none has, or its value such characters")
    target = url["target"] or "/"
    first = f"{request.method} {target if target[0] == '/' else '/' + target} HTTP/1.1\r\n"
    return f"{first}{lines}\r\n".encode("ascii") + body
