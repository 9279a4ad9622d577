"""PDF to passages: page by page, under the headings of its outline."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import IO, Any, Final, TypeAlias

import pypdfium2 as _pypdfium2  # pyright: ignore[reportMissingTypeStubs]

from threadkeep.retrieval import UnreadableFileError, limits
from threadkeep.retrieval.passages import Headings, Passage, Passages, Section

_pdfium: Any = _pypdfium2
_Document: TypeAlias = Any
_Error: TypeAlias = Any
"""The library tells its types only in part."""

_MOST_OUTLINE_ENTRIES: Final = 10_000
_HYPHEN_AT_LINE_END: Final = re.compile("[\x02\ufffe]\n")
_NO_TEXT: Final = "There is no text in it: its pages may be pictures, made by a scanner."
_LOCKED: Final = "It cannot be opened without a password."


def pdf_passages(file: IO[bytes]) -> Passages:
    """The passages of a document. Raises `UnreadableFileError`."""
    try:
        with closing(_pdfium.PdfDocument(file)) as document:
            yield from _passages(document)
    except _pdfium.PdfiumError as error:
        raise _refusal(error) from error


def _passages(document: _Document) -> Passages:
    outline, headings = _outline(document), Headings()
    is_blank = True
    for index in range(len(document)):
        text = _page_text(document, index)
        is_blank = is_blank and not text.strip()
        yield from _page_passages(text, index + 1, outline[index], headings)
    if is_blank:
        raise limits.invalid(_NO_TEXT)


def _page_text(document: _Document, index: int) -> str:
    with closing(document[index]) as page, closing(page.get_textpage()) as text_page:
        if text_page.count_chars() > limits.LONGEST_PART:
            raise limits.too_much()
        text = text_page.get_text_bounded()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return _HYPHEN_AT_LINE_END.sub("", lines)


def _page_passages(
    text: str, page: int, entries: list[tuple[int, str]], headings: Headings
) -> Iterator[Passage]:
    """The page in as many pieces as sections of the outline begin on it."""
    begin = 0
    for level, title in entries:
        place = _place_of(title, text, begin)
        if place > begin:
            yield Passage(text[begin:place], Section(page, headings.path, runs_on=True))
            begin = place
        headings.enter(level, title)
    yield Passage(f"{text[begin:]}\n", Section(page, headings.path, runs_on=True))


def _place_of(title: str, text: str, begin: int) -> int:
    """Where a line begins that the title stands in; `begin` if there is none."""
    words = [re.escape(word) for word in title.split()]
    found = re.compile(r"\s+".join(words)).search(text, begin) if words else None
    return max(begin, text.rfind("\n", 0, found.start()) + 1) if found else begin


def _outline(document: _Document) -> defaultdict[int, list[tuple[int, str]]]:
    """Level and title of the headings on each page."""
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for bookmark in islice(document.get_toc(), _MOST_OUTLINE_ENTRIES):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None:
            found[index].append((bookmark.level, bookmark.get_title()))
    return found


def _refusal(error: _Error) -> UnreadableFileError:
    is_locked = error.err_code == _pdfium.raw.FPDF_ERR_PASSWORD
    return limits.invalid(_LOCKED) if is_locked else limits.broken()
