"""Whatever a file holds, it gives text or is refused with words that say why."""

import io
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.support import documents
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.extraction import extracted
from threadkeep.retrieval.file_types import SUPPORTED

names = st.sampled_from(sorted(SUPPORTED)).map(lambda extension: f"file{extension}")
honest = [
    documents.docx(
        documents.paragraph("Tea", "h"), styles=documents.styles(("h", "heading 1", None))
    ),
    documents.pptx("Tea", "hot", order=(2, 1), titles={1: "Drinks"}, notes={2: "wet"}),
    documents.pdf("Tea", "is hot", outline=[("Tea", 1)]),
    documents.doc("Tea\r", b"is hot\r"),
    b"<h1>Tea</h1><p>hot</p>",
    "# é\n".encode(),
]


def text_of(name, data):
    return "".join(passage.text for passage in extracted(name, io.BytesIO(data)))


@st.composite
def damaged(draw):
    """An honest file with some bytes of it changed."""
    data = bytearray(draw(st.sampled_from(honest)))
    for _ in range(draw(st.integers(1, 5))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


markup = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            "!",
            "--",
            "p",
            "script",
            "pre",
            "&",
            ";",
            "#x",
            "=",
            '"',
            "]]>",
            "CDATA[",
            " ",
            "\0",
        ]
    ),
    max_size=60,
).map(lambda pieces: "".join(pieces).encode())


@given(names, st.binary(max_size=400) | damaged() | markup)
def test_a_file_gives_text_or_says_why_not(name, data):
    with suppress(UnreadableFileError):
        text = text_of(name, data)
        assert text.strip()
        text.encode()


@given(st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), min_size=1))
def test_text_comes_out_as_it_went_in(text):
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        if text.strip() and not (encoding == "utf-8" and text[0] in "\ufeff\ufffe"):
            assert text_of("a.txt", text.encode(encoding)) == text
