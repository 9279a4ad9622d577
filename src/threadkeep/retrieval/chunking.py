"""Chunking: cuts the passages of a file into chunks that overlap. Pure, and with only a part of the text in memory.

A chunk ends where a section does: with what stands under a heading once it has a quarter of what may go into it, with a
page once it has a sixteenth, so that nearly all of a chunk stands on the page that it names. Else it is as long as it
may be, and ends at the strongest break in its last quarter: a paragraph's end, then a sentence's and a line's, then a
word's; in program code lines come before sentences. A chunk begins with the end of the one before, as far as that
belongs to the same section.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from threadkeep.retrieval import limits
from threadkeep.retrieval.measured_text import MeasuredText
from threadkeep.retrieval.passages import Passage, gathered
from threadkeep.storage import Chunk
from threadkeep.types.vector_store import StaticChunking

Breaks: TypeAlias = tuple[tuple[str, ...], ...]
"""What a text can be cut after, the strongest first."""

_PARAGRAPHS: Final = ("\n\n",)
_LINES: Final = ("\n",)
_MARKS: Final = (".", "!", "?", '."', ".)", ".\u201d")
_SENTENCES: Final = (
    *(f"{mark}{space}" for mark in _MARKS for space in (" ", "\n")),
    *("\u3002", "\uff01", "\uff1f"),
)
_WORDS: Final = (" ", "\t", "\u3000")
PROSE: Final[Breaks] = (_PARAGRAPHS, _SENTENCES, _LINES, _WORDS)
CODE: Final[Breaks] = (_PARAGRAPHS, _LINES, _SENTENCES, _WORDS)

_ENOUGH: Final = 4
"""A quarter of a chunk is enough to end with its section."""
_ENOUGH_OF_PAGE: Final = 16
"""For a page it takes less: slides are short, and whoever looks a citation up turns to its page."""
_SEARCHED: Final = 4
"""Breaks are looked for in the last quarter of a chunk, and in the first of what the next repeats."""


def cut(
    passages: Iterable[Passage],
    sizes: StaticChunking,
    *,
    breaks: Breaks = PROSE,
    most_tokens: int = limits.MOST_TOKENS,
) -> Iterator[Chunk]:
    """The chunks: no longer than `sizes` allows, and without what they repeat, together the text.

    Raises `UnreadableFileError` where the text turns out to have more tokens than it may.
    """
    cutter = _Cutter(sizes, breaks)
    for passage in gathered(passages):
        cutter.text.add(passage)
        if cutter.text.total_tokens > most_tokens:
            raise limits.too_long(most_tokens)
        while cutter.is_full:
            yield cutter.next()
    cutter.text.finish()
    if cutter.text.total_tokens > most_tokens:
        raise limits.too_long(most_tokens)
    while not cutter.is_done:
        yield cutter.next()


class _Cutter:
    """Goes through a text. The next chunk begins at `_start`; what was in no chunk yet begins at `_own`."""

    def __init__(self, sizes: StaticChunking, breaks: Breaks) -> None:
        self.text = MeasuredText()
        self._longest = sizes.max_chunk_size_tokens
        self._overlap = sizes.chunk_overlap_tokens
        self._breaks = breaks
        self._start = self._own = 0

    @property
    def is_full(self) -> bool:
        """Whether so much text is there that the next chunk cannot be longer."""
        return self.text.tokens(self._start, self.text.measured) > self._longest

    @property
    def is_done(self) -> bool:
        """Whether all text that is there is in a chunk."""
        return self._own >= self.text.end

    def next(self) -> Chunk:
        """The next chunk."""
        end = self._end()
        section = self.text.main_section(self._own, end)
        chunk = Chunk(
            text=self.text.between(self._start, end),
            overlap=self._own - self._start,
            page=section.page,
            heading=section.heading,
        )
        self._start, self._own = self._overlap_start(end), end
        self.text.forget(self._start)
        return chunk

    def _end(self) -> int:
        """Where the next chunk ends; if what it repeats leaves no room for anything new, it repeats nothing."""
        latest = self.text.reach(self._start, self._longest)
        if latest <= self._own:
            self._start = self._own
            latest = self.text.reach(self._start, self._longest)
        for place in self.text.section_starts(self._own, latest):
            if self._is_enough(place):
                return place
        if latest == self.text.end:
            return latest
        return self._last_break(latest) or latest

    def _is_enough(self, place: int) -> bool:
        """Whether the next chunk may end there, where a section begins."""
        is_page = self.text.section_at(place - 1).page != self.text.section_at(place).page
        enough = _ENOUGH_OF_PAGE if is_page else _ENOUGH
        return self.text.tokens(self._start, place) * enough >= self._longest

    def _last_break(self, latest: int) -> int | None:
        new = self.text.tokens(self._own, latest)
        earliest = self.text.reach(self._own, new - new // _SEARCHED)
        for breaks in self._breaks:
            if place := self.text.last(breaks, earliest, latest):
                return place
        return None

    def _overlap_start(self, end: int) -> int:
        """Where the chunk after the one that ends at `end` begins, with what it repeats."""
        before, after = self.text.section_at(end - 1), self.text.section_at(end)
        earliest = max(self._start, self.text.reach_back(end, self._overlap))
        if before == after:
            earliest = max(earliest, self.text.section_start(end - 1))
            return self._first_break(earliest, end)
        if after.runs_on and before.heading == after.heading:
            return self._unfinished_sentence(earliest, end)
        return end

    def _first_break(self, earliest: int, end: int) -> int:
        latest = earliest + (end - earliest) // _SEARCHED
        for breaks in self._breaks[1:]:
            if place := self.text.first(breaks, earliest, latest):
                return place
        return earliest

    def _unfinished_sentence(self, earliest: int, end: int) -> int:
        """Where the sentence begins that goes on after `end`; `end` if none does."""
        place = self.text.last((*_SENTENCES, *_PARAGRAPHS), earliest, end)
        return place or end
