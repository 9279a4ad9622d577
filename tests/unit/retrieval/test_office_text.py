"""Office documents to text, and documents that were made to hurt."""

import io

import pytest

from tests.support import documents
from tests.support.documents import docx, docx_of, paragraph, pptx, word_part
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.office_text import docx_text, pptx_text


def read_docx(data):
    return docx_text(io.BytesIO(data))


def test_a_document_reads_paragraph_by_paragraph():
    assert read_docx(docx_of("Tea", "is hot &amp; wet.")) == "Tea\nis hot & wet."


def test_tabs_and_breaks_stay_and_tab_stops_are_none():
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr>"
        "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
    )

    assert read_docx(docx(body)) == "a\tb\nc"


def test_deleted_text_and_what_is_for_old_readers_is_not_read():
    body = (
        "<w:p><w:r><w:t>now</w:t></w:r><w:del><w:r><w:delText>before</w:delText></w:r></w:del></w:p>"
        "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
    )

    assert read_docx(docx(body)) == "now\nbox"


def test_notes_and_comments_come_after_the_document():
    data = docx(
        paragraph("body"),
        comments=word_part(paragraph("comment")),
        footnotes=word_part(paragraph("foot")),
        endnotes=word_part(paragraph("end")),
        styles=word_part(paragraph("no text")),
    )

    text = read_docx(data)

    assert text.split("\n")[0] == "body"
    assert sorted(text.split("\n")) == ["body", "comment", "end", "foot"]


def test_slides_are_read_in_their_order_and_notes_after_them():
    slides = [f"Slide {n}\nLine" for n in range(1, 12)]

    text = pptx_text(io.BytesIO(pptx(*slides, notes={2: "Say hello"})))

    assert text == "\n".join([*slides, "Say hello"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        documents.archive({"other.xml": "<a/>"}),
        documents.archive({"word/document.xml": "<w:document"}),
        documents.archive({"word/document.xml": b"\xff\xfe\xff"}),
        docx_of("cut in two")[:-30],
        docx_of("x" * 1000).replace(b"PK\x03\x04", b"PK\x03\x05", 1),
        documents.entity_bomb(),
        documents.deep_xml(),
        documents.zip_bomb(),
    ],
    ids=[
        "empty",
        "no archive",
        "another archive",
        "no XML",
        "no characters",
        "cut",
        "damaged",
        "entities",
        "deep",
        "zip bomb",
    ],
)
def test_what_is_no_document_is_an_invalid_file(data):
    with pytest.raises(UnreadableFileError) as caught:
        read_docx(data)

    assert caught.value.code == "invalid_file"
    assert caught.value.message.startswith("The file could not be parsed.")
