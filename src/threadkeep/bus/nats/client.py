"""The client of nats-py, told how this bus connects."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeAlias

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from threadkeep.bus.nats.address import Address

RETRY_SECONDS: Final = 0.2
"""Between two attempts to reach a server."""
_CONNECT_SECONDS: Final = 2
_PING_SECONDS: Final = 5
_PINGS: Final = 2
_PENDING_BYTES: Final = 1024 * 1024

Complain: TypeAlias = Callable[[Exception], Awaitable[None]]
"""Told of each attempt that failed, and of all else that goes wrong."""


class CarefulClient(Client):
    """Tells no secrets before the TLS on which the address insists."""

    def __init__(self, address: Address, found: Iterable[str]) -> None:
        super().__init__()
        self._address = address
        self._candidates = [*dict.fromkeys([*address.servers, *found])]

    @property
    def found(self) -> list[str]:
        """The servers of which the one that was reached has told."""
        scheme = "tls" if self._address.insists_on_tls else "nats"
        at_first: list[str] = self._server_info.get("connect_urls") or []
        later = [server.netloc for server in self.discovered_servers]
        return [f"{scheme}://{server}" for server in [*at_first, *later]]

    async def reach(
        self,
        tls: ssl.SSLContext | None,
        complain: Complain,
        on_disconnect: Callable[[], Awaitable[None]],
    ) -> None:
        """Connect to one of the servers, trying for as long as it takes."""
        user, password = self._address.user, self._address.password
        await self.connect(
            self._candidates,
            error_cb=complain,
            disconnected_cb=on_disconnect,
            name="threadkeep",
            connect_timeout=_CONNECT_SECONDS,
            reconnect_time_wait=RETRY_SECONDS,  # pyright: ignore[reportArgumentType] - it sleeps so long
            max_reconnect_attempts=-1,
            ping_interval=_PING_SECONDS,
            max_outstanding_pings=_PINGS,
            pending_size=_PENDING_BYTES,
            tls=tls,
            user=user if password is not None else None,
            password=password,
            token=user if password is None else None,
        )

    async def listen(
        self, subject: str, queue: str, receive: Callable[[Msg], None]
    ) -> Subscription:
        """Call `receive` with each message; those with the same `queue`, if it is not empty, take turns."""

        async def handle(message: Msg) -> None:
            receive(message)

        return await self.subscribe(  # pyright: ignore[reportUnknownMemberType] - of an argument that is not used
            subject, queue, handle
        )

    def abort(self) -> None:
        """Drop the connection, and with it what the server does not read."""
        writer = getattr(self._transport, "_io_writer", None)
        if isinstance(writer, asyncio.StreamWriter):
            writer.transport.abort()

    def _connect_command(self) -> bytes:
        if self._address.insists_on_tls and not self._server_info.get("tls_required"):
            raise Error("the server does not speak TLS, on which the URL insists")
        return super()._connect_command()
