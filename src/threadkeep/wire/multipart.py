"""Forms with files, as multipart/form-data: all but the bytes of the files, which others read."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import PurePath
from typing import IO, Final, TypeAlias

import msgspec

FileContent: TypeAlias = bytes | IO[bytes] | PathLike[str]
FileInput: TypeAlias = (
    FileContent
    | tuple[str | None, FileContent]
    | tuple[str | None, FileContent, str | None]
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
"""A path, an open binary file, bytes, or a tuple of name, content, content type and headers."""

_UNNAMED: Final = "upload"
_UNTYPED: Final = "application/octet-stream"
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class FilePart(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a form."""

    filename: str
    content: FileContent
    content_type: str
    headers: Mapping[str, str] = {}


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form to be sent: plain fields, then files."""

    fields: Mapping[str, str]
    files: Mapping[str, FilePart]


def file_part(file: FileInput) -> FilePart:
    """`file` with the name and type that it goes under. Raises TypeError if it is no file."""
    match file:
        case (name, content):
            return _part(name, content, None, {})
        case (name, content, content_type):
            return _part(name, content, content_type, {})
        case (name, content, content_type, headers):
            return _part(name, content, content_type, headers)
        case _:
            return _part(None, file, None, {})


def _part(
    name: str | None, content: FileContent, content_type: str | None, headers: Mapping[str, str]
) -> FilePart:
    if not isinstance(content, bytes | PathLike) and not hasattr(content, "read"):
        message = "Expected a path, an open file, bytes or a tuple with one of them, but got "
        raise TypeError(f"{message}{type(content)}")
    filename = name or _name_of(content)
    return FilePart(
        filename=filename,
        content=content,
        content_type=content_type or mimetypes.guess_type(filename)[0] or _UNTYPED,
        headers=headers,
    )


def _name_of(content: FileContent) -> str:
    if isinstance(content, PathLike):
        return PurePath(fspath(content)).name
    name = getattr(content, "name", None)
    return PurePath(name).name if isinstance(name, str) else _UNNAMED


def field_bytes(boundary: str, name: str, value: str) -> bytes:
    """A plain field, whole."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()


def file_head(boundary: str, name: str, file: FilePart) -> bytes:
    """What stands before the bytes of a file; `FILE_END` stands after them."""
    disposition = f'form-data; name="{_escaped(name)}"; filename="{_escaped(file.filename)}"'
    headers = {
        "Content-Disposition": disposition,
        "Content-Type": file.content_type,
        **file.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"--{boundary}\r\n{lines}\r\n".encode()


FILE_END: Final = b"\r\n"


def form_end(boundary: str) -> bytes:
    """What closes the form."""
    return f"--{boundary}--\r\n".encode()


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
