"""HTML to text: what a reader of the page sees, a line for each block."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "svg", "math"})
_INLINE: Final = frozenset({
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "input", "ins"),
    *("kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var"),
    "wbr",
})  # fmt: skip
_CELLS: Final = frozenset({"td", "th"})
_KEPT_AS_IT_IS: Final = frozenset({"pre", "textarea"})


def html_text(page: str) -> str:
    """The text of a page."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return parser.text()


class _Parser(HTMLParser):
    """Collects text as it comes; how elements are nested does not matter but for those that are not seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
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

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if self._unseen is None:
            self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen is None:
            self._preformatted_depth -= tag in _KEPT_AS_IT_IS and self._preformatted_depth > 0
            self._separate(tag)
        elif tag == self._unseen:
            self._unseen_depth -= 1
            self._unseen = self._unseen if self._unseen_depth else None

    def handle_data(self, data: str) -> None:
        if self._unseen is None:
            self._line.append(data if self._preformatted_depth else _joined(data))

    def text(self) -> str:
        """All of it."""
        self._end_line()
        return "\n".join(self._lines)

    def _separate(self, tag: str) -> None:
        if tag in _CELLS:
            self._line.append(" ")
        elif tag not in _INLINE:
            self._end_line()

    def _end_line(self) -> None:
        line = "".join(self._line)
        self._line = []
        if line.strip():
            self._lines.append(line.strip("\n") if "\n" in line else line.strip())


def _joined(data: str) -> str:
    """`data` with one blank for each run of white space."""
    words = " ".join(data.split())
    if not words:
        return " "
    return f"{' ' * data[0].isspace()}{words}{' ' * data[-1].isspace()}"
