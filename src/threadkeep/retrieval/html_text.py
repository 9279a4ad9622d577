"""HTML to passages: what a reader of the page sees, a line for each block, a new passage at each heading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Final

from threadkeep.retrieval.passages import Headings, Passage, Passages, Section

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "svg", "math"})
_INLINE: Final = frozenset({
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "input", "ins"),
    *("kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var"),
    "wbr",
})  # fmt: skip
_CELLS: Final = frozenset({"td", "th"})
_KEPT_AS_IT_IS: Final = frozenset({"pre", "textarea"})
_HEADING: Final = re.compile("h([1-6])")
_SPACES: Final = re.compile(r"\s+")
_LONGEST_LINE: Final = 64 * 1024


def html_passages(blocks: Iterable[str]) -> Passages:
    """The passages of a page that comes in blocks."""
    parser = _Parser()
    for block in blocks:
        parser.feed(block)
        yield from parser.take()
    parser.close()
    yield from parser.take()


class _Parser(HTMLParser):
    """Collects text as it comes; how elements are nested does not matter but for those that are not seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._passages: list[Passage] = []
        self._line: list[str] = []
        self._line_length = 0
        self._headings = Headings()
        self._heading_level = 0
        self._unseen: str | None = None
        self._unseen_depth = 0
        self._preformatted_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if self._unseen is not None:
            self._unseen_depth += tag == self._unseen
        elif tag in _UNSEEN:
            self._unseen, self._unseen_depth = tag, 1
        else:
            self._preformatted_depth += tag in _KEPT_AS_IT_IS
            self._separate(tag)
            if heading := _HEADING.fullmatch(tag):
                self._heading_level = int(heading[1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if self._unseen is None:
            self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen is None:
            self._preformatted_depth -= tag in _KEPT_AS_IT_IS and self._preformatted_depth > 0
            self._separate(tag)
            if _HEADING.fullmatch(tag):
                self._heading_level = 0
        elif tag == self._unseen:
            self._unseen_depth -= 1
            self._unseen = self._unseen if self._unseen_depth else None

    def handle_data(self, data: str) -> None:
        if self._unseen is None:
            self._add(data if self._preformatted_depth else _SPACES.sub(" ", data))

    def take(self) -> list[Passage]:
        """What has been collected since the last time."""
        passages, self._passages = self._passages, []
        return passages

    def close(self) -> None:
        """There is no more."""
        super().close()
        self._end_line()

    def _separate(self, tag: str) -> None:
        if tag in _CELLS:
            self._add(" ")
        elif tag not in _INLINE:
            self._end_line()

    def _add(self, text: str) -> None:
        """Go on with the line, without a second blank after one."""
        if not self._preformatted_depth and self._line and self._line[-1][-1] == " ":
            text = text.lstrip(" ")
        if not text:
            return
        self._line.append(text)
        self._line_length += len(text)
        if self._line_length > _LONGEST_LINE:
            self._tell("".join(self._line))

    def _end_line(self) -> None:
        line = "".join(self._line)
        if not line.strip():
            self._line, self._line_length = [], 0
            return
        line = line.strip("\n") if "\n" in line else line.strip()
        if self._heading_level:
            self._headings.enter(self._heading_level, line)
            self._heading_level = 0
        self._tell(f"{line}\n")

    def _tell(self, text: str) -> None:
        self._passages.append(Passage(text, Section(heading=self._headings.path)))
        self._line, self._line_length = [], 0
