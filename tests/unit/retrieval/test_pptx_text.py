"""Presentations to passages."""

import io

import pytest

from tests.support import documents
from tests.support.documents import pptx
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.passages import Section
from threadkeep.retrieval.pptx_text import pptx_passages


def read(data):
    return [(passage.text, passage.section) for passage in pptx_passages(io.BytesIO(data))]


def test_slides_are_read_in_their_order_with_their_numbers():
    slides = [f"Slide {n}\nLine" for n in range(1, 12)]

    found = read(pptx(*slides))

    assert found == [(f"{text}\n", Section(page=n)) for n, text in enumerate(slides, 1)]


def test_slides_come_as_they_are_shown_with_their_titles_and_notes():
    data = pptx(
        "first", "second", "third", order=(3, 1, 2), titles={3: "Tea"}, notes={1: "Say hello"}
    )

    assert read(data) == [
        ("Tea\nthird\n", Section(page=1, heading="Tea")),
        ("first\n", Section(page=2)),
        ("Say hello\n", Section(page=2)),
        ("second\n", Section(page=3)),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", documents.docx_of("A document"), documents.archive({"ppt/slides/slide1.xml": "<a"})],
    ids=["empty", "a document", "no XML"],
)
def test_what_is_no_presentation_is_an_invalid_file(data):
    with pytest.raises(UnreadableFileError) as caught:
        read(data)

    assert caught.value.message == "The file could not be parsed."
