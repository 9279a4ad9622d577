"""Extraction: the passages of a file, by the extension of its name. Runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Final

from threadkeep.retrieval import UnreadableFileError, file_types, limits
from threadkeep.retrieval.docx_text import docx_passages
from threadkeep.retrieval.html_text import html_passages
from threadkeep.retrieval.markdown_text import markdown_passages
from threadkeep.retrieval.passages import Passage, Passages
from threadkeep.retrieval.plain_text import decoded
from threadkeep.retrieval.pptx_text import pptx_passages

_NO_TEXT: Final = "There is no text in it."


def extracted(filename: str, file: IO[bytes]) -> Passages:
    """The passages of a file. Raises `UnreadableFileError`, also after some of them."""
    message = file_types.unsupported([filename])
    if message is not None:
        raise UnreadableFileError("unsupported_file", message)
    is_blank = True
    read = _READERS.get(file_types.extension(filename), _plain)
    for passage in read(file):
        is_blank = is_blank and not passage.text.strip()
        yield passage
    if is_blank:
        raise limits.invalid(_NO_TEXT)


def _plain(file: IO[bytes]) -> Passages:
    return map(Passage, decoded(file))


def _html(file: IO[bytes]) -> Passages:
    return html_passages(decoded(file))


def _markdown(file: IO[bytes]) -> Passages:
    return markdown_passages(decoded(file))


def _pdf(file: IO[bytes]) -> Passages:
    try:
        from threadkeep.retrieval.pdf_text import pdf_passages  # noqa: PLC0415 - an extra
    except ImportError:
        raise _missing(".pdf") from None
    return pdf_passages(file)


def _doc(file: IO[bytes]) -> Passages:
    try:
        from threadkeep.retrieval.doc_text import doc_passages  # noqa: PLC0415 - an extra
    except ImportError:
        raise _missing(".doc") from None
    return doc_passages(file)


_READERS: Final[dict[str, Callable[[IO[bytes]], Passages]]] = {
    ".doc": _doc,
    ".docx": docx_passages,
    ".html": _html,
    ".md": _markdown,
    ".pdf": _pdf,
    ".pptx": pptx_passages,
}
"""The others are text as they are."""


def _missing(extension: str) -> UnreadableFileError:
    message = f"This server cannot read {extension} files: the extra `docs` is not installed."
    return UnreadableFileError("unsupported_file", message)
