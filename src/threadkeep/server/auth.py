"""Who is calling: an API key opens one project."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import Final

from threadkeep.errors import UnknownKeyError

DEFAULT_PROJECT: Final = "default"
_SHORTEST_SHOWN: Final = 12


class Authenticator:
    """Knows the API keys by their SHA-256 alone. Without any keys, every key opens the project `default`."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """`keys` maps the SHA-256 of a key, in hexadecimal, to the project that it opens."""
        self._projects = [(bytes.fromhex(digest), project) for digest, project in keys.items()]
        self.is_open: Final = not keys
        """Whether every key is let in."""

    def project_of(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The project that the key in `headers` opens. Raises `UnknownKeyError`."""
        key = presented_key(headers)
        if not key:
            raise UnknownKeyError(None)
        if self.is_open:
            return DEFAULT_PROJECT
        digest = hashlib.sha256(key).digest()
        for known, project in self._projects:
            if compare_digest(known, digest):
                return project
        raise UnknownKeyError(shown(key))


def presented_key(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The key in `headers` (names in lower case): bearer, the password of basic, or `api-key`; empty if none."""
    key = b""
    for name, value in headers:
        if name == b"authorization":
            key = _authorization_key(value) or key
        elif name == b"api-key":
            key = key or value.strip()
    return key


def shown(key: bytes) -> str:
    """As much of a key as may be told: `sk-...abcd`, or nothing of a short one."""
    text = key.decode("latin-1")
    return f"{text[:3]}...{text[-4:]}" if len(text) >= _SHORTEST_SHOWN else "***"


def _authorization_key(value: bytes) -> bytes:
    scheme, _, credentials = value.strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return credentials.strip()
        case b"basic":
            return _password(credentials.strip())
        case _:
            return b""


def _password(credentials: bytes) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
