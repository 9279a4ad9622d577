"""Which requests need nothing but plain HTTP, where they go, and how they are written."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
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


class _Address(NamedTuple):
    """What a URL says."""

    place: Place
    host: str
    """As the header has it."""
    target: str
    is_this_machine: bool


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
        address = _address(request.url) if request.method in _METHODS else None
        body = request.body or b""
        if address is None or not isinstance(body, bytes):
            return None
        if not address.is_this_machine and self._has_proxy:
            return None
        if address.place.port > _LAST_PORT:
            raise ValueError(f"there is no port {address.place.port}")
        return PlainRequest(address.place, _encoded(request, address, body))

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


@lru_cache(maxsize=64)
def _address(url: str) -> _Address | None:
    """None if more than plain HTTP is needed."""
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        return None
    host, target = found["host"], found["target"] or "/"
    place = Place(host.strip("[]"), int(found["port"] or _PORT))
    return _Address(
        place,
        host if place.port == _PORT else f"{host}:{found['port']}",
        target if target[0] == "/" else f"/{target}",
        THIS_MACHINE.match(url) is not None,
    )


def _encoded(request: Request, address: _Address, body: bytes) -> bytes:
    given = {name.lower(): value for name, value in request.headers.items()}
    headers = {"host": address.host, **_USUAL_HEADERS, **given}
    if body or request.method in _WITH_BODY:
        headers["content-length"] = str(len(body))
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    # A line break within a value would pass for the end of its line.
    if not _HEADERS.fullmatch(lines) or lines.count("\r\n") != len(headers):
        raise ValueError("a header has a name that none has, or its value such characters")
    first = f"{request.method} {address.target} HTTP/1.1\r\n"
    return f"{first}{lines}\r\n".encode("ascii") + body
