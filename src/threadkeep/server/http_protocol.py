"""HTTP as uvicorn speaks it, with one write for an answer where that makes two."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_CONTINUE: Final = b"HTTP/1.1 100 "


class HttpProtocol(HttpToolsProtocol):
    """The head of an answer leaves together with the first of its body, as ASGI wants it."""

    def on_headers_complete(self) -> None:
        """Let the answer to this request be written so; one to HEAD has nothing behind its head."""
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before and self.scope["method"] != "HEAD":
            self.cycle.transport = _AnswerTransport(self.transport)


class _AnswerTransport(asyncio.Transport):
    """Where one answer is written."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head: bytes | None = None
        self._is_begun = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the head back until there is something else."""
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.writelines((head, data))
        elif self._is_begun or data[: len(_CONTINUE)] == _CONTINUE:
            self._transport.write(data)
        else:
            self._is_begun, self._head = True, bytes(data)

    def close(self) -> None:
        """Close the connection; a head that nothing followed is sent still."""
        if self._head is not None:
            self.write(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._transport.is_closing()
