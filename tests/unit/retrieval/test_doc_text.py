"""Word documents of before 2007 to text."""

import io

import pytest

from tests.support import documents
from tests.support.documents import doc
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.doc_text import doc_passages


def read(data):
    return "".join(passage.text for passage in doc_passages(io.BytesIO(data)))


def test_text_in_both_encodings_comes_in_its_order():
    data = doc("日本 🎈\r", "Caf\xe9 \x93au lait\x94\r".encode("latin-1"), "Grüße\r")

    assert read(data) == "日本 🎈\nCafé “au lait”\nGrüße\n"


def test_cells_breaks_and_hyphens_read_as_they_look():
    assert read(doc(b"a\x07b\x07\x07c\x0bd\x0ce\x1ef\x1fg\x01h\x02\r")) == "a\tb\t\tc\nd\ne-fgh\n"


def test_of_fields_the_result_is_read_also_across_pieces():
    outer = ["see \x13 HYPERLINK \x13 DATE \x14x\x15", " \x14the s", "ite\x15 now \x15\r"]

    assert read(doc(*outer)) == "see the site now \n"


def test_footnotes_are_read_and_headers_are_not():
    data = doc("text\r", b"note\r", b"head\r", footnotes=5, headers=5)

    assert read(data) == "text\nnote\n"


def test_a_long_document_comes_piece_by_piece():
    text = "Tea 🎈 is hot.\r" * 1_300

    assert read(doc(text)) == text.replace("\r", "\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file could not be parsed."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "The file could not be parsed."),
        (documents.docx_of("Tea"), "The file could not be parsed."),
        (doc("Tea")[:2_000], "The file could not be parsed."),
        (doc("Tea").replace(b"\xec\xa5", b"\0\0"), "The file could not be parsed."),
        (
            doc("Tea", flags=0x0100),
            "The file could not be parsed. It cannot be opened without a password.",
        ),
        (
            doc("Tea").replace(b"\xec\xa5\xc1\0", b"\xec\xa5\x65\0"),
            "The file could not be parsed. It was written by a Word before that of 1997.",
        ),
    ],
    ids=["empty", "a head", "another", "cut", "other streams", "locked", "too old"],
)
def test_why_a_document_cannot_be_read_is_told(data, message):
    with pytest.raises(UnreadableFileError) as caught:
        read(data)

    assert (caught.value.code, caught.value.message) == ("invalid_file", message)
