"""Windows: cuts the text of a file into pieces that an embedding model can read, which its chunks share. Pure.

Chunks repeat each other, but each piece of text is to be embedded once. So the windows are cut from what each chunk
brings that is new, and a chunk has those of the chunks before it that lie in it by half at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from threadkeep.inference.minilm.wordpiece import bert_uncased
from threadkeep.storage import Chunk


class Window(NamedTuple):
    """A piece of a file's text, and how many code points before it the file has."""

    text: str
    start: int

    @property
    def middle(self) -> float:
        """The place in the file that has as much of the window before as behind it."""
        return self.start + len(self.text) / 2


class Reach(NamedTuple):
    """How far the chunks of a file were cut: how much text there was, and the windows that the next may share."""

    length: int = 0
    windows: Sequence[Window] = ()


def cut_chunk(chunk: Chunk, reach: Reach, most_tokens: int) -> tuple[Sequence[Window], Reach]:
    """The windows of the next chunk of a file, each of at most about `most_tokens`; and how far that is."""
    begin = reach.length - chunk.overlap
    shared = [window for window in reach.windows if window.middle >= begin]
    fresh = [
        Window(text, reach.length + start)
        for text, start in _cut(chunk.text[chunk.overlap :], most_tokens)
    ]
    windows = [*shared, *fresh]
    return windows, Reach(begin + len(chunk.text), windows)


def _cut(text: str, most_tokens: int) -> Iterator[tuple[str, int]]:
    """Pieces with about as many tokens each, and where they begin; none is blank. They end where words do."""
    starts = [token.start for token in bert_uncased().tokens(text)]
    count = -(-len(starts) // most_tokens)
    cuts = sorted({starts[len(starts) * piece // count] for piece in range(count)})
    for start, end in pairwise([*cuts, len(text)]):
        yield text[start:end].rstrip(), start
