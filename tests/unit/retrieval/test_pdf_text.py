"""PDF to passages, and such as was made to hurt."""

import io

import pytest

from tests.support import documents
from tests.support.documents import pdf
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.passages import Section
from threadkeep.retrieval.pdf_text import pdf_passages


def read(data):
    return [(passage.text, passage.section) for passage in pdf_passages(io.BytesIO(data))]


def page(number, heading=None):
    return Section(page=number, heading=heading, runs_on=True)


def test_pages_are_read_with_their_numbers():
    assert read(pdf("Tea is hot\nand wet.", "Café (au lait).")) == [
        ("Tea is hot\nand wet.\n", page(1)),
        ("Café (au lait).\n", page(2)),
    ]


def test_text_stands_under_the_headings_of_the_outline():
    data = pdf(
        "A book\n1 Tea\nhot",
        "wet\n2  Coffee\nblack",
        "3 Cocoa\nsweet",
        outline=[("1 Tea", 1), ("2 Coffee", 2), ("What is not there", 3)],
    )

    assert read(data) == [
        ("A book\n", page(1)),
        ("1 Tea\nhot\n", page(1, "1 Tea")),
        ("wet\n", page(2, "1 Tea")),
        ("2 Coffee\nblack\n", page(2, "2 Coffee")),
        ("3 Cocoa\nsweet\n", page(3, "What is not there")),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file could not be parsed."),
        (b"%PDF-1.4", "The file could not be parsed."),
        (pdf("Tea")[:200], "The file could not be parsed."),
        (documents.docx_of("Tea"), "The file could not be parsed."),
        (
            pdf("", " "),
            "The file could not be parsed. There is no text in it: its pages may be pictures, made by a scanner.",
        ),
        (
            documents.locked_pdf(),
            "The file could not be parsed. It cannot be opened without a password.",
        ),
    ],
    ids=["empty", "a head", "cut", "another", "without text", "locked"],
)
def test_why_a_pdf_cannot_be_read_is_told(data, message):
    with pytest.raises(UnreadableFileError) as caught:
        read(data)

    assert (caught.value.code, caught.value.message) == ("invalid_file", message)
