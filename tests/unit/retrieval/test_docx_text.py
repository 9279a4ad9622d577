"""Word documents to passages, and documents that were made to hurt."""

import io

import pytest

from tests.support import documents
from tests.support.documents import docx, docx_of, paragraph, styles, word_part
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.chunking import cut
from threadkeep.retrieval.docx_text import docx_passages
from threadkeep.types.vector_store import StaticChunking


def read_docx(data):
    passages = docx_passages(io.BytesIO(data))
    return "".join(passage.text for passage in passages).strip("\n")


def headings_in(data):
    passages = docx_passages(io.BytesIO(data))
    return [(passage.text.strip(), passage.section.heading) for passage in passages]


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


def test_text_stands_under_its_headings_whatever_their_styles_are_called():
    data = docx(
        paragraph("before")
        + paragraph("Getränke", style="Titel")
        + paragraph("Tee", style="berschrift1")
        + paragraph("heiß", style="Standard")
        + paragraph("Grüner Tee", style="Eigene")
        + paragraph("60°", level=9)
        + paragraph("", style="berschrift1")
        + paragraph("Sencha", level=2)
        + paragraph("Kaffee", style="berschrift1"),
        styles=styles(
            ("Standard", "Normal", None),
            ("Titel", "Title", "Standard"),
            ("berschrift1", "heading 1", "Standard"),
            ("berschrift2", "heading 2", "Standard"),
            ("Eigene", "Meine", "berschrift2"),
        ),
        footnotes=word_part(paragraph("a note")),
    )

    assert headings_in(data) == [
        ("before", None),
        ("Getränke", "Getränke"),
        ("Tee", "Getränke > Tee"),
        ("heiß", "Getränke > Tee"),
        ("Grüner Tee", "Getränke > Tee > Grüner Tee"),
        ("60°", "Getränke > Tee > Grüner Tee"),
        ("", "Getränke > Tee > Grüner Tee"),
        ("Sencha", "Getränke > Tee > Grüner Tee > Sencha"),
        ("Kaffee", "Getränke > Kaffee"),
        ("a note", None),
    ]


def test_what_a_paragraph_was_before_a_change_makes_no_heading():
    change = (
        '<w:pPrChange><w:pPr><w:pStyle w:val="h"/><w:outlineLvl w:val="0"/></w:pPr></w:pPrChange>'
    )
    body = f"<w:p><w:pPr>{change}</w:pPr><w:r><w:t>Tea</w:t></w:r></w:p>"

    assert headings_in(docx(body, styles=styles(("h", "heading 1", None)))) == [("Tea", None)]


def test_styles_that_are_based_on_each_other_in_a_circle_make_no_heading():
    data = docx(paragraph("Tea", style="a"), styles=styles(("a", "A", "b"), ("b", "B", "a")))

    assert headings_in(data) == [("Tea", None)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        documents.archive({"other.xml": "<a/>"}),
        documents.archive({"word/document.xml": "<w:document"}),
        documents.archive({"word/document.xml": b"\xff\xfe\xff"}),
        documents.pptx("A presentation"),
        docx_of("cut in two")[:-30],
        docx_of("x" * 1000).replace(b"PK\x03\x04", b"PK\x03\x05", 1),
        documents.entity_bomb(),
        documents.deep_xml(),
    ],
    ids=[
        "empty",
        "no archive",
        "another archive",
        "no XML",
        "no characters",
        "a presentation",
        "cut",
        "damaged",
        "entities",
        "deep",
    ],
)
def test_what_is_no_document_is_an_invalid_file(data):
    with pytest.raises(UnreadableFileError) as caught:
        read_docx(data)

    assert caught.value.code == "invalid_file"
    assert caught.value.message.startswith("The file could not be parsed.")


def test_what_unpacks_to_more_than_anybody_reads_is_an_invalid_file():
    with pytest.raises(UnreadableFileError) as caught:
        list(cut(docx_passages(io.BytesIO(documents.zip_bomb())), StaticChunking()))

    assert caught.value.message == (
        "The file could not be parsed. It has more than 5000000 tokens."
    )
    with pytest.raises(UnreadableFileError) as caught:
        read_docx(documents.blank_bomb())

    assert caught.value.message == (
        "The file could not be parsed. There is too much in it to be read."
    )
