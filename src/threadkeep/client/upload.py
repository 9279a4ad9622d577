"""The body of a form with files, read piece by piece while it is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from os import SEEK_END, PathLike
from pathlib import Path
from typing import IO, Final

from threadkeep.wire.multipart import (
    FILE_END,
    FilePart,
    Form,
    field_bytes,
    file_head,
    form_end,
)

_CHUNK_BYTES: Final = 256 * 1024


class FormBody:
    """The bytes of `form`, in chunks. Can be iterated again, if its files can be rewound."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._boundary = os.urandom(16).hex()

    @property
    def content_type(self) -> str:
        """The header that goes with it."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be sent a second time."""
        return all(_is_repeatable(file) for file in self._form.files.values())

    @property
    def length(self) -> int | None:
        """How many bytes it has; None if that is not known before they are read."""
        sizes = [_size(file) for file in self._form.files.values()]
        around = sum(len(part) for part in self._parts() if isinstance(part, bytes))
        return None if None in sizes else around + sum(size or 0 for size in sizes)

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts():
            if isinstance(part, bytes):
                yield part
            else:
                yield from _chunks(part)

    def _parts(self) -> Iterator[bytes | FilePart]:
        for name, value in self._form.fields.items():
            yield field_bytes(self._boundary, name, value)
        for name, file in self._form.files.items():
            yield file_head(self._boundary, name, file)
            yield file
            yield FILE_END
        yield form_end(self._boundary)


def _chunks(file: FilePart) -> Iterator[bytes]:
    content = file.content
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, PathLike):
        with Path(content).open("rb") as opened:
            yield from _chunks_of(opened)
    else:
        if content.seekable():
            content.seek(0)
        yield from _chunks_of(content)


def _chunks_of(opened: IO[bytes]) -> Iterator[bytes]:
    while chunk := opened.read(_CHUNK_BYTES):
        yield chunk


def _size(file: FilePart) -> int | None:
    content = file.content
    if isinstance(content, bytes):
        return len(content)
    if isinstance(content, PathLike):
        return Path(content).stat().st_size
    return content.seek(0, SEEK_END) if content.seekable() else None


def _is_repeatable(file: FilePart) -> bool:
    return isinstance(file.content, bytes | PathLike) or file.content.seekable()
