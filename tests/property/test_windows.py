"""Whatever the text and however it was cut, windows are what an embedding model can read of it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from threadkeep.inference.minilm.wordpiece import bert_uncased
from threadkeep.retrieval.windows import Reach, cut_chunk
from threadkeep.storage import Chunk

WORDS = st.sampled_from(
    ["tea", "coffee,", "\n\n", "Größe", "東京", "\U0001f9f5", "of", "x-1", "\x00"]
)
TEXTS = st.lists(WORDS, max_size=120).map(" ".join)
MOST = st.integers(4, 40)


@st.composite
def chunked(draw) -> list[Chunk]:
    """A text cut into chunks that may overlap."""
    text = draw(TEXTS)
    chunks, start, end = [], 0, 0
    while end < len(text):
        begin = draw(st.integers(start, end))
        new_end = draw(st.integers(end + 1, min(len(text), end + 150)))
        chunks.append(Chunk(text=text[begin:new_end], overlap=end - begin))
        start, end = begin, new_end
    return chunks


def windows_of(chunks, most):
    """The windows of each chunk."""
    reach, listed = Reach(), []
    for chunk in chunks:
        windows, reach = cut_chunk(chunk, reach, most)
        listed.append(windows)
    return listed


def text_of(chunks):
    return "".join(chunk.text[chunk.overlap :] for chunk in chunks)


@settings(deadline=None)
@given(chunked(), MOST)
def test_each_window_stands_in_the_text_where_it_says(chunks, most):
    text = text_of(chunks)

    for window in {each for listed in windows_of(chunks, most) for each in listed}:
        assert text[window.start :].startswith(window.text)
        assert window.text.strip() == window.text.rstrip() != ""


@settings(deadline=None)
@given(chunked(), MOST)
def test_no_window_has_more_than_may_be_read_and_one_word_over(chunks, most):
    longest = max((bert_uncased().count(word) for word in text_of(chunks).split()), default=0)

    for listed in windows_of(chunks, most):
        for window in listed:
            assert bert_uncased().count(window.text) <= most + longest


@settings(deadline=None)
@given(chunked(), MOST)
def test_all_that_a_model_can_read_is_in_a_window_once(chunks, most):
    windows = {each: None for listed in windows_of(chunks, most) for each in listed}

    read = [token for window in windows for token in bert_uncased().ids(window.text)]
    parts = (chunk.text[chunk.overlap :] for chunk in chunks)
    assert read == [token for part in parts for token in bert_uncased().ids(part)]


@settings(deadline=None)
@given(chunked(), MOST)
def test_a_chunk_has_the_windows_that_lie_in_it_by_half(chunks, most):
    end = 0
    for chunk, windows in zip(chunks, windows_of(chunks, most), strict=True):
        begin = end - chunk.overlap
        end = begin + len(chunk.text)
        assert all(begin <= window.middle <= end for window in windows)
        assert len({*windows}) == len(windows)
