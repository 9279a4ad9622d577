"""Extraction: the text of a file, by the extension of its name. Runs in a process of its own."""

from __future__ import annotations

from typing import IO

from threadkeep.retrieval import UnreadableFileError, file_types, limits
from threadkeep.retrieval.html_text import html_text
from threadkeep.retrieval.office_text import docx_text, pptx_text
from threadkeep.retrieval.plain_text import decoded


def extracted_text(filename: str, file: IO[bytes]) -> str:
    """The text of a file. Raises `UnreadableFileError`."""
    text = _text(filename, file)
    if not text.strip():
        raise limits.invalid("There is no text in it.")
    if len(text.encode()) > limits.LONGEST_TEXT_BYTES:
        raise limits.too_long()
    return text


def _text(filename: str, file: IO[bytes]) -> str:
    message = file_types.unsupported([filename])
    if message is not None:
        raise UnreadableFileError("unsupported_file", message)
    match file_types.extension(filename):
        case ".docx":
            return docx_text(file)
        case ".pptx":
            return pptx_text(file)
        case ".html":
            return html_text(decoded(_whole(file)))
        case extension if extension in file_types.NOT_YET:
            message = f"This server cannot read {extension} files yet."
            raise UnreadableFileError("unsupported_file", message)
        case _:
            return decoded(_whole(file))


def _whole(file: IO[bytes]) -> bytes:
    data = file.read(limits.LARGEST_SOURCE_BYTES + 1)
    if len(data) > limits.LARGEST_SOURCE_BYTES:
        raise limits.too_long()
    return data
