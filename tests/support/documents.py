"""Files to be read: office documents, honest ones and such as were made to hurt."""

from __future__ import annotations

import io
import zipfile

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MARKUP = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
SLIDE = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'


def archive(parts: dict[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return file.getvalue()


def docx(body: str, **parts: str) -> bytes:
    """A document; `body` is XML inside `w:body`, `parts` are other parts of `word/` by their names."""
    others = {f"word/{name}.xml": content for name, content in parts.items()}
    return archive({"word/document.xml": word_part(body), **others})


def docx_of(*paragraphs: str) -> bytes:
    """A document of plain paragraphs."""
    return docx("".join(paragraph(text) for text in paragraphs))


def paragraph(text: str) -> str:
    """A paragraph of a document."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_part(body: str) -> str:
    """A whole part with `body` in it."""
    return f"<w:document {WORD} {MARKUP}><w:body>{body}</w:body></w:document>"


def pptx(*slides: str, notes: dict[int, str] | None = None) -> bytes:
    """A presentation: the text of each slide, and notes by the number of their slide."""
    parts = {f"ppt/slides/slide{n}.xml": _slide(text) for n, text in enumerate(slides, 1)}
    parts |= {
        f"ppt/notesSlides/notesSlide{n}.xml": _slide(text) for n, text in (notes or {}).items()
    }
    return archive(dict(reversed(parts.items())))


def _slide(text: str) -> str:
    lines = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f"<p:sld {SLIDE} {DRAWING}><p:cSld>{lines}</p:cSld></p:sld>"


def entity_bomb() -> bytes:
    """A document whose one word would be a billion letters."""
    entities = '<!ENTITY e0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9)
    )
    xml = f"<?xml version='1.0'?><!DOCTYPE d [{entities}]><w:document {WORD}><w:t>&e8;</w:t></w:document>"
    return archive({"word/document.xml": xml})


def zip_bomb() -> bytes:
    """A document of 200 kB that is 200 MB of text once it is unpacked."""
    return docx(paragraph("a" * 200_000_000))


def deep_xml() -> bytes:
    """A document whose elements lie in each other for ever."""
    return archive({"word/document.xml": f"<w:document {WORD}>" + "<w:p>" * 5_000_000})


def slow_page() -> bytes:
    """A page that takes a parser minutes: comments that never end."""
    return b"<!--" * 3_000_000
