"""Whether a URL leads back to this very server, which would ask itself for ever."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


async def points_back(url: str, host: str, port: int) -> bool:
    """Whether `url` names the address where this server listens, under whatever name."""
    parts = urlsplit(url)
    if (parts.port or _DEFAULT_PORTS.get(parts.scheme)) != port:
        return False
    theirs = _reached_by(await _addresses(parts.hostname or ""))
    ours = await _addresses(host)
    listens_everywhere = any(ip_address(address).is_unspecified for address in ours)
    return bool(theirs & ours) or (listens_everywhere and any(map(_is_of_this_machine, theirs)))


async def _addresses(host: str) -> set[str]:
    """The addresses that a name stands for; none if it stands for nothing."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found}


def _reached_by(addresses: set[str]) -> set[str]:
    """Where a connection ends: one to `0.0.0.0` or `::` goes to the loopback."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound to it
    return {loopback.get(address, address) for address in addresses}


def _is_of_this_machine(address: str) -> bool:
    """Only an address of its own lets a machine bind a socket."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
