"""Chunks: together the text, none too long, each beginning with the end of the one before."""

from itertools import groupby, pairwise
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.retrieval.chunking import CODE, PROSE, cut
from threadkeep.retrieval.passages import Passage, Section
from threadkeep.retrieval.tokens import cut_to, token_count
from threadkeep.types.vector_store import StaticChunking

PIECES = [
    *("a", "word ", "Zürich ", "日本語。", "🎈", "\n", "\n\n", "End. ", "\t", "…", "x" * 700),
    *(" " * 250, "ab1Cd" * 90, "\u200b" * 300, "가나다" * 50, "the quick brown fox " * 9),
]
texts = st.lists(st.sampled_from(PIECES), max_size=800).map("".join) | st.text(max_size=2000)
sections = st.builds(
    Section,
    page=st.none() | st.integers(1, 3),
    heading=st.none() | st.sampled_from(["Tea", "Tea > Green"]),
    runs_on=st.booleans(),
)
files = st.lists(
    st.builds(Passage, text=texts.map(lambda text: f"{text}\n"), section=sections), max_size=6
)


@st.composite
def chunk_sizes(draw):
    longest = draw(st.integers(100, 400))
    overlap = draw(st.integers(0, longest // 2))
    return StaticChunking(max_chunk_size_tokens=longest, chunk_overlap_tokens=overlap)


@given(files, chunk_sizes(), st.sampled_from([PROSE, CODE]))
def test_without_what_they_repeat_chunks_are_the_text(file, sizes, breaks):
    chunks = [*cut(file, sizes, breaks=breaks)]

    text = "".join(chunk.text[chunk.overlap :] for chunk in chunks)
    assert text == "".join(passage.text for passage in file)


@given(files, chunk_sizes())
def test_no_chunk_is_longer_than_allowed_and_each_brings_something_new(file, sizes):
    for chunk in cut(file, sizes):
        assert token_count(chunk.text) <= sizes.max_chunk_size_tokens
        assert token_count(chunk.text[: chunk.overlap]) <= sizes.chunk_overlap_tokens
        assert len(chunk.text) > chunk.overlap


@given(files, chunk_sizes())
def test_a_chunk_begins_with_the_end_of_the_one_before(file, sizes):
    for before, after in pairwise(cut(file, sizes)):
        assert before.text.endswith(after.text[: after.overlap])


@given(texts, chunk_sizes(), st.integers(1, 50))
def test_how_a_text_comes_in_makes_no_difference(text, sizes, count):
    size = len(text) // count + 1
    pieces = [Passage(text[begin : begin + size]) for begin in range(0, len(text), size)]

    assert [*cut(pieces, sizes)] == [*cut([Passage(text)], sizes)]


@given(files, chunk_sizes())
def test_a_chunk_tells_where_most_of_what_is_new_in_it_stands(file, sizes):
    under, section = [], Section()
    for passage in file:
        section = passage.section if passage.text.strip() else section
        under += [section] * len(passage.text)
    begin = 0
    for chunk in cut(file, sizes):
        end = begin + len(chunk.text) - chunk.overlap
        lengths = [(len([*each]), section) for section, each in groupby(under[begin:end])]
        _, section = max(lengths, key=itemgetter(0))
        assert (chunk.page, chunk.heading) == (section.page, section.heading)
        begin = end


@given(st.integers(0, 5), chunk_sizes())
def test_a_text_that_fits_is_one_chunk(count, sizes):
    text = "word " * count

    assert [chunk.text for chunk in cut([Passage(text)], sizes)] == ([text] if text else [])


@given(texts, st.integers(0, 500))
def test_a_text_is_cut_to_as_many_tokens_as_there_may_be(text, tokens):
    beginning = cut_to(text, tokens)

    assert text.startswith(beginning)
    assert token_count(beginning) <= tokens
    assert token_count(text) <= tokens or beginning != text
