"""The marks by which a model cites what it was told of: `【m:n†file name】`, the n-th result of the search number m."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from threadkeep.retrieval.quoting import quote
from threadkeep.tools import Citation
from threadkeep.types.message import FileCitation
from threadkeep.types.run_step import FileSearchContent, FileSearchResult, FileSearchToolCall

_NOT_IN_A_MARK: Final = re.compile(r"[【】†\s\x00-\x1f]+")
_LONGEST_NAME: Final = 200


def marked(call: FileSearchToolCall) -> Iterator[tuple[str, FileSearchResult]]:
    """The results of a search, each with its mark."""
    for number, result in _numbered(call):
        yield _mark(number, result), result


def citations(calls: Iterable[FileSearchToolCall]) -> dict[str, Callable[[], Citation]]:
    """What the marks of all results stand for, by their numbers."""
    return {
        number: partial(_citation, call, number, result)
        for call in calls
        for number, result in _numbered(call)
    }


def content_of(result: FileSearchResult) -> FileSearchContent:
    """What was found."""
    return result.content[0] if result.content else FileSearchContent()


def _numbered(call: FileSearchToolCall) -> Iterator[tuple[str, FileSearchResult]]:
    search = call.file_search
    for place, result in enumerate(search.results or ()):
        yield f"{search.number or 0}:{place}", result


def _mark(number: str, result: FileSearchResult) -> str:
    return f"【{number}†{_name(result)}】"


def _name(result: FileSearchResult) -> str:
    return _NOT_IN_A_MARK.sub(" ", result.file_name)[:_LONGEST_NAME].strip()


def _citation(call: FileSearchToolCall, number: str, result: FileSearchResult) -> Citation:
    content = content_of(result)
    return Citation(
        mark=_mark(number, result),
        source=f"{_name(result)}, p. {content.page}" if content.page else _name(result),
        file_citation=FileCitation(
            file_id=result.file_id,
            quote=quote(content.text, call.file_search.queries or []),
            page=content.page,
            score=result.score,
        ),
    )
