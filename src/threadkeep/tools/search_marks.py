"""The marks by which a model cites what it was told of: `【m:n†file name】`, the n-th result of the m-th search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from threadkeep.retrieval.quoting import quote
from threadkeep.tools import Citation
from threadkeep.types.run_step import FileSearchResult, FileSearchToolCall

_NOT_IN_A_MARK: Final = re.compile(r"[【】†\s\x00-\x1f]+")
_LONGEST_NAME: Final = 200


def marked(search: int, call: FileSearchToolCall) -> Iterator[tuple[str, FileSearchResult]]:
    """The results of a search, which is the `search`-th of its run, each with its mark."""
    for number, result in enumerate(call.file_search.results or ()):
        name = _NOT_IN_A_MARK.sub(" ", result.file_name)[:_LONGEST_NAME].strip()
        yield f"【{search}:{number}†{name}】", result


def citation(call: FileSearchToolCall, result: FileSearchResult) -> Citation:
    """What the mark of a result stands for."""
    queries = call.file_search.queries or []
    return Citation(file_id=result.file_id, quote=quote(text_of(result), queries))


def text_of(result: FileSearchResult) -> str:
    """What was found."""
    return "\n".join(part.text for part in result.content or ())
