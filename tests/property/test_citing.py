"""However a text is cut into chunks and whatever a model makes of its marks, nothing else is lost or changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.engine.answer import Answer
from threadkeep.engine.beginnings import message_delta
from threadkeep.engine.citing import Citer
from threadkeep.tools import Citation, Citations
from threadkeep.types.ids import RandomIds
from threadkeep.types.message import FileCitation
from threadkeep.types.run import Run
from threadkeep.types.usage import Usage


def citation(mark, source):
    cited = FileCitation(file_id=f"file-{source}", quote="It rains.", page=3, score=0.5)
    return Citation(mark=mark, source=source, file_citation=cited)


NOTES = citation("【0:1†notes.txt】", "notes.txt, p. 3")
TEA = citation("【12:0†a, 0:1, tea.txt】", "a, 0:1, tea.txt")
BY_NUMBER = {"0:1": lambda: NOTES, "12:0": lambda: TEA}

WRITTEN = {
    NOTES.mark: [NOTES],
    TEA.mark: [TEA],
    "【0:1】": [NOTES],
    "【0:1†】": [NOTES],
    "【0:1†wrong name.txt】": [NOTES],
    "【 0 : 1 † notes.txt 】": [NOTES],
    "【\u3000\uff10\uff1a\uff11†notes.txt】": [NOTES],
    "[0:1†notes.txt]": [NOTES],
    "【0:1, 12:0】": [NOTES, TEA],
    "【0:1†notes.txt; 12:0†tea.txt; 7:7†dream.txt】": [NOTES, TEA],
}
NUMBERED = ["【7:7†dream.txt】", "【0:2†notes.txt】", "[7:7†dream.txt]", "【7:7†】"]
INVENTED = [*NUMBERED, "【7:7】", "【0:2, 0:3】", "【13†source】", "【†】"]
PLAIN = [
    "【see below】",
    "【10:30】",
    "【0:1 and on】",
    "【】",
    "】",
    "[0:1]",
    "[1]",
    "x[0:1, 2]",
    "]",
]
PLAIN += ["†", "It rains. ", "é🎈", "\n"]

ATOMS = st.lists(st.sampled_from([*WRITTEN, *INVENTED, *PLAIN]), max_size=8)
SOUP = st.lists(st.sampled_from([*"【】[]†:,01 ", NOTES.mark, "x" * 298]), max_size=16)


@st.composite
def cut(draw, texts):
    text = "".join(draw(texts))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


@st.composite
def cut_atoms(draw):
    atoms = draw(ATOMS)
    return atoms, draw(cut(st.just(atoms)))


def pieces(chunks, by_number=BY_NUMBER):
    citer = Citer(Citations(by_number))
    return [piece for chunk in chunks for piece in citer.feed(chunk)] + citer.finish()


def whole(told):
    """All text between two citations in one piece."""
    text, parts = "", []
    for piece in told:
        if piece.citation is None:
            text += piece.text
            continue
        assert piece.text == piece.citation.mark
        parts += [text, piece.citation]
        text = ""
    return [*parts, text]


@given(cut_atoms())
def test_marks_become_what_they_were_told_as_and_invented_ones_are_left_out(drawn):
    atoms, chunks = drawn
    expected, text = [], ""
    for atom in atoms:
        for cited in WRITTEN.get(atom, []):
            expected += [text, cited]
            text = ""
        text += atom if atom in PLAIN else ""

    assert whole(pieces(chunks)) == [*expected, text]


@given(cut_atoms())
def test_where_nothing_can_be_cited_only_numbered_marks_are_left_out(drawn):
    atoms, chunks = drawn
    numbered = {*NUMBERED, *(mark for mark in WRITTEN if "†" in mark)}

    assert whole(pieces(chunks, {})) == ["".join(atom for atom in atoms if atom not in numbered)]


@given(cut(SOUP))
def test_the_chunks_do_not_matter(chunks):
    assert whole(pieces(chunks)) == whole(pieces(["".join(chunks)]))


def test_text_before_a_bracket_is_not_held_back():
    citer = Citer(Citations(BY_NUMBER))

    assert [piece.text for piece in citer.feed("It rains 【0:1")] == ["It rains "]
    assert [piece.text for piece in citer.feed("†notes.txt】.")] == [NOTES.mark, "."]
    assert [piece.text for piece in citer.feed("x[0:")] == ["x"]
    assert [piece.text for piece in citer.feed("n]")] == ["[0:n]"]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("【0:1", ["【0:1"]),
        ("【0:1†no", [NOTES.mark]),
        ("[0:1†", [NOTES.mark]),
        ("【7:7†dre", []),
        ("【see 0:1†", ["【see 0:1†"]),
    ],
)
def test_a_mark_that_the_end_cuts_off_counts_by_its_numbers(end, told):
    assert [piece.text for piece in pieces([end])] == told


@given(cut_atoms(), st.sampled_from(["hosted", "footnotes", "none"]))
def test_in_every_style_annotations_point_to_their_text_and_deltas_add_up_to_the_message(
    drawn, style
):
    atoms, chunks = drawn
    answer = Answer(Run(id="run_1"), Citations(BY_NUMBER, style), RandomIds(), 100)
    emissions = [emission for chunk in chunks for emission in answer.add_text(chunk)]
    _, message, last = answer.completed(101, Usage())

    [part] = message.content
    value, annotations = part.text.value, part.text.annotations
    cited = [cited for atom in atoms for cited in WRITTEN.get(atom, [])]
    places = [*dict.fromkeys(each.source for each in cited)]
    marks = {
        "hosted": lambda each: each.mark,
        "footnotes": lambda each: f"[{places.index(each.source) + 1}]",
        "none": lambda _: "",
    }
    assert [each.text for each in annotations] == [marks[style](each) for each in cited]
    assert [each.file_citation for each in annotations] == [each.file_citation for each in cited]
    assert all(value[each.start_index : each.end_index] == each.text for each in annotations)
    if style == "footnotes" and cited:
        listed = [f"[{number}] {place}" for number, place in enumerate(places, 1)]
        assert value.endswith("\n\n" + "\n".join(listed))

    deltas = [
        emission.data.delta.content[0].text
        for emission in [*emissions, *last]
        if emission.name == "thread.message.delta"
    ]
    assert "".join(delta.value for delta in deltas) == value
    told = [each for delta in deltas for each in delta.annotations or ()]
    [retold] = message_delta(message).delta.content
    assert (retold.text.value, retold.text.annotations) == (value, told)
