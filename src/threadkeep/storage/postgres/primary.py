"""Finding, of all the servers that an address names, the one that can be written to."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.driver import asyncpg
from threadkeep.storage.postgres.failure import is_passing
from threadkeep.storage.postgres.session import Connection

_CONNECT_SECONDS: Final = 3.0


class Primary:
    """The server that can be written to. It is looked for where it was last, and then in the order of the DSN.

    The driver would do the same, but a server that is silent would take it all the time there is for all of them.
    """

    def __init__(self, dsn: str) -> None:
        self._servers = addresses_in(dsn)

    async def connect(self, *_: object, **options: object) -> Connection:
        """A connection to it, with these options of the driver's. Raises what the last of the servers said."""
        failure: Exception | None = None
        for server in list(self._servers):
            try:
                connection = await _connect(server, options)
            except Exception as error:
                if not is_passing(error):
                    raise
                failure = error
            else:
                self._servers.sort(key=lambda known: known != server)
                return connection
        raise failure or AssertionError


def addresses_in(dsn: str) -> list[str]:
    """An address for each server of the DSN."""
    parts = urlsplit(dsn)
    credentials, at, servers = parts.netloc.rpartition("@")
    return [
        parts._replace(netloc=f"{credentials}{at}{server}").geturl()
        for server in servers.split(",")
    ]


def place_of(dsn: str) -> str:
    """Servers and database of a DSN, without name and password; nothing if these cannot be told apart for sure."""
    parts = urlsplit(dsn)
    credentials, at, servers = parts.netloc.rpartition("@")
    is_sure = at if "@" in dsn else not credentials
    return f"{servers}{parts.path}" if is_sure and "@" not in parts.path else ""


async def _connect(server: str, options: dict[str, object]) -> Connection:
    try:
        return await asyncpg.connect(
            server, timeout=_CONNECT_SECONDS, target_session_attrs="read-write", **options
        )
    except ValueError:  # what it says might hold the password
        raise StorageError("The address of the PostgreSQL database cannot be read.") from None
