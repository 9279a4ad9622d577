"""The content of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any


class BinaryContent:
    """Bytes that were downloaded."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def text(self) -> str:
        """As UTF-8, with a replacement character for what is none."""
        return self.content.decode(errors="replace")

    def read(self) -> bytes:
        """All of it."""
        return self.content

    def json(self) -> Any:  # noqa: ANN401  (JSON is anything)
        """As JSON. Raises ValueError if it is none."""
        return json.loads(self.content)

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """All of it in parts of `chunk_size`, or in one."""
        size = chunk_size or max(len(self.content), 1)
        return (self.content[at : at + size] for at in range(0, len(self.content), size))

    def write_to_file(self, file: str | PathLike[str]) -> None:
        """Save it under this name."""
        Path(file).write_bytes(self.content)
