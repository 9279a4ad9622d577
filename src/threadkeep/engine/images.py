"""Images: uploaded pictures on messages, as a chat model takes them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Final

from threadkeep.errors import MissingError
from threadkeep.storage.files import FileContents
from threadkeep.types.message import ImageFilePart, Message

MAX_BYTES: Final = 20 * 1024 * 1024
"""The largest picture that goes to a model."""

_SIGNATURES: Final = (
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


class Images:
    """Reads pictures."""

    def __init__(self, contents: FileContents) -> None:
        self._contents = contents

    async def of(self, project: str, messages: Iterable[Message]) -> Mapping[str, str]:
        """The pictures on these messages as data URLs, by file id. One that was deleted since is not among them."""
        urls: dict[str, str] = {}
        for message in messages:
            for part in message.content:
                if isinstance(part, ImageFilePart) and part.image_file.file_id not in urls:
                    with suppress(MissingError):
                        file_id = part.image_file.file_id
                        urls[file_id] = await self._data_url(project, file_id)
        return urls

    async def _data_url(self, project: str, file_id: str) -> str:
        async with aclosing(self._contents.read(project, file_id)) as parts:
            data = b"".join([part async for part in parts])
        encoded = await asyncio.to_thread(b64encode, data)
        return f"data:{_media_type(data)};base64,{encoded.decode()}"


def _media_type(data: bytes) -> str:
    return next((name for start, name in _SIGNATURES if data.startswith(start)), "image/jpeg")
