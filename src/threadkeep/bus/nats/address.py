"""Address: the servers that a URL names, and the credentials in it, kept apart so that only the servers are shown."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

_PORT: Final = 4222
_SCHEMES: Final = frozenset({"nats", "tls"})


class Address(msgspec.Struct, frozen=True):
    """Servers of one cluster. `user` without `password` is a token."""

    servers: list[str]
    insists_on_tls: bool
    user: str | None = None
    password: str | None = None

    @property
    def label(self) -> str:
        """The servers as people may see them, without credentials."""
        return ",".join(self.servers)


def parse_address(text: str) -> Address:
    """The address that `nats://user:password@host:4222,nats://other` means.

    Credentials count for all servers, also for those that a server tells of later. Raises ValueError, without
    credentials in its text, if it cannot be understood.
    """
    parts = [_split(part.strip()) for part in text.split(",")]
    return Address(
        servers=[_server(part) for part in parts],
        insists_on_tls=any(part.scheme == "tls" for part in parts),
        user=next((unquote(part.username) for part in parts if part.username), None),
        password=next((unquote(part.password) for part in parts if part.password), None),
    )


def _split(part: str) -> SplitResult:
    try:
        found = urlsplit(part if "://" in part else f"nats://{part}")
        _ = found.port
    except ValueError:
        raise ValueError("the URL of a NATS server is like nats://host:4222") from None
    if found.scheme not in _SCHEMES:
        raise ValueError(f"a NATS server is reached by nats:// or tls://, not by {found.scheme}://")
    if not found.hostname:
        raise ValueError("the URL of a NATS server names no host")
    return found


def _server(part: SplitResult) -> str:
    host = part.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{part.scheme}://{shown}:{part.port or _PORT}"
