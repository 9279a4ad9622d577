"""Chunks: together the text, none too long, each beginning with the end of the one before."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.retrieval.chunking import cut
from threadkeep.retrieval.tokens import token_count
from threadkeep.types.vector_store import StaticChunking

PIECES = ["a", "word ", "Zürich ", "日本語。", "🎈", "\n", "\n\n", "End. ", "\t", "…", "x" * 700]
texts = st.lists(st.sampled_from(PIECES), max_size=1500).map("".join) | st.text(max_size=2000)


@st.composite
def chunk_sizes(draw):
    longest = draw(st.integers(100, 400))
    overlap = draw(st.integers(0, longest // 2))
    return StaticChunking(max_chunk_size_tokens=longest, chunk_overlap_tokens=overlap)


@given(texts, chunk_sizes())
def test_without_what_they_repeat_chunks_are_the_text(text, sizes):
    assert "".join(chunk.text[chunk.overlap :] for chunk in cut(text, sizes)) == text


@given(texts, chunk_sizes())
def test_no_chunk_is_longer_than_allowed_and_each_brings_something_new(text, sizes):
    for chunk in cut(text, sizes):
        assert token_count(chunk.text) <= sizes.max_chunk_size_tokens
        assert token_count(chunk.text[: chunk.overlap]) <= sizes.chunk_overlap_tokens
        assert len(chunk.text) > chunk.overlap


@given(texts, chunk_sizes())
def test_a_chunk_begins_with_the_end_of_the_one_before(text, sizes):
    for before, after in pairwise(cut(text, sizes)):
        assert before.text.endswith(after.text[: after.overlap])


@given(st.integers(0, 5), chunk_sizes())
def test_a_text_that_fits_is_one_chunk(count, sizes):
    text = "word " * count

    assert [chunk.text for chunk in cut(text, sizes)] == ([text] if text else [])


def test_chunks_end_between_paragraphs_lines_sentences_or_words():
    sizes = StaticChunking(max_chunk_size_tokens=100, chunk_overlap_tokens=0)
    filler = "word " * 70

    for ending in ("end\n\n", "end\n", "end. ", "end。", "end "):
        first, second = cut(f"{filler}{ending}{'x' * 300}", sizes)
        assert first.text.endswith(ending)
        assert second.text == "x" * 300
