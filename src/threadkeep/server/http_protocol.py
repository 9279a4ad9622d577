"""HTTP as uvicorn speaks it, with one write for an answer where that makes two."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_CONTINUE: Final = b"HTTP/1.1 100 "


class HttpProtocol(HttpToolsProtocol):
    """The head of an answer leaves together with the first of its body, as ASGI wants it."""

    def on_headers_complete(self) -> None:
        """Let the answer to this request be written so; one to HEAD has nothing behind its head."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before and self.scope["method"] != "HEAD":
            self.cycle.transport = _Beginning(self.cycle)


class _Beginning(asyncio.Transport):
    """Where the beginning of one answer is written; what follows goes to the connection itself."""

    __slots__ = ("_cycle", "_head", "_transport")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._transport = cycle.transport
        self._head: bytes | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the head back until there is something else."""
        if self._head is not None:
            self._cycle.transport = self._transport
            self._transport.writelines((self._head, data))
        elif data[: len(_CONTINUE)] == _CONTINUE:
            self._transport.write(data)
        else:
            self._head = bytes(data)

    def close(self) -> None:
        """Close the connection; a head that nothing followed is sent still."""
        if self._head is not None:
            self.write(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._transport.is_closing()
