"""However a text is cut into chunks, its marks come in one piece, and nothing else is lost or changed."""

import re

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.engine.citing import Citer
from threadkeep.tools import Citation

MARK = "【0:1†notes.txt】"
INVENTED = "【7:7†dream.txt】"
CITATION = Citation(file_id="file-1", quote="It rains.")

TEXTS = st.lists(
    st.sampled_from([MARK, INVENTED, "【", "】", "†", "【see below】", "It rains. ", "é", "a"]),
    max_size=12,
).map("".join)


@st.composite
def cut(draw, texts):
    text = draw(texts)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def pieces(chunks, citations):
    citer = Citer(citations)
    return [piece for chunk in chunks for piece in citer.feed(chunk)] + citer.finish()


@given(chunks=cut(TEXTS))
def test_the_chunks_do_not_matter(chunks):
    one = pieces(["".join(chunks)], {MARK: CITATION})
    many = pieces(chunks, {MARK: CITATION})

    assert "".join(p.text for p in one) == "".join(p.text for p in many)
    cited = [(p.text, p.citation) for p in many if p.citation]
    assert cited == [(p.text, p.citation) for p in one if p.citation]
    assert all(piece == (MARK, CITATION) for piece in cited)


@given(chunks=cut(TEXTS))
def test_only_invented_marks_are_left_out(chunks):
    told = "".join(piece.text for piece in pieces(chunks, {MARK: CITATION}))

    mark = re.compile("【[^【】]*†[^【】]*】")
    assert told == mark.sub(lambda m: m[0] if m[0] == MARK else "", "".join(chunks))


@given(chunks=cut(st.text(max_size=20)))
def test_without_citations_nothing_is_touched(chunks):
    assert "".join(piece.text for piece in pieces(chunks, {})) == "".join(chunks)


def test_text_before_a_bracket_is_not_held_back():
    citer = Citer({MARK: CITATION})

    assert [piece.text for piece in citer.feed("It rains 【0:1")] == ["It rains "]
    assert [piece.text for piece in citer.feed("†notes.txt】.")] == [MARK, "."]


def test_a_bracket_that_is_never_closed_is_told_in_the_end():
    citer = Citer({MARK: CITATION})

    citer.feed("see 【0:1")
    assert [piece.text for piece in citer.finish()] == ["【0:1"]
