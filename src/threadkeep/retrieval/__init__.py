"""From files to what search finds: text out of bytes, chunks out of text. The contract; `process.py` implements it.

Reading is done away from the server: a file may be made to hurt whoever reads it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Literal, Protocol, TypeAlias

from threadkeep.storage import Chunk
from threadkeep.types.vector_store import StaticChunking

ErrorCode: TypeAlias = Literal["unsupported_file", "invalid_file"]


class UnreadableFileError(Exception):
    """There is no text to be had from the file, now or later; code and message become its last error."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message


class FileReader(Protocol):
    """Reads files."""

    def read(
        self, filename: str, parts: AsyncIterable[bytes], sizes: StaticChunking
    ) -> AsyncGenerator[list[Chunk]]:
        """The text of a file, cut into chunks of these sizes, a few at a time; each character is in one of them.

        The file is read no faster than they are taken. Raises `UnreadableFileError`, also after some of them, and
        whatever `parts` raises.
        """
        ...
