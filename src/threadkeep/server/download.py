"""Downloads: the bytes of a file as an answer, as they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from threadkeep.types.file import File

_TYPE: Final = (b"content-type", b"application/octet-stream")


async def download(file: File, parts: AsyncIterator[bytes]) -> Download:
    """An answer with these bytes. The first part is read at once, so that what cannot be read is told in time."""
    return Download(file, await anext(parts, b""), parts)


class Download:
    """The bytes of a file, on their way."""

    def __init__(self, file: File, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._file = file
        self._first = first
        self._rest = rest

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send them part by part; a server that feels the caller's slowness lets the next one wait."""
        length = (b"content-length", b"%d" % self._file.bytes)
        headers = [_TYPE, length, _disposition(self._file.filename)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] != "HEAD":
            await _send_part(send, self._first)
            async for part in self._rest:
                await _send_part(send, part)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


def _disposition(filename: str) -> tuple[bytes, bytes]:
    """The name under which a browser saves it, as RFC 6266 has it."""
    return (b"content-disposition", f"attachment; filename*=utf-8''{quote(filename)}".encode())
