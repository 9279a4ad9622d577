"""Files to be read: office documents, honest ones and such as were made to hurt."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MARKUP = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
RELATED = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
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


def paragraph(text: str, style: str | None = None, level: int | None = None) -> str:
    """A paragraph of a document."""
    looks = f'<w:pStyle w:val="{style}"/>' * (style is not None)
    looks += f'<w:outlineLvl w:val="{level}"/>' * (level is not None)
    return f"<w:p><w:pPr>{looks}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def styles(*given: tuple[str, str, str | None]) -> str:
    """A list of styles: the id of each, its name, and the id of the one that it is based on."""
    listed = "".join(
        f'<w:style w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="{base}"/></w:style>'
        for key, name, base in given
    )
    return f"<w:styles {WORD}>{listed}</w:styles>"


def word_part(body: str) -> str:
    """A whole part with `body` in it."""
    return f"<w:document {WORD} {MARKUP}><w:body>{body}</w:body></w:document>"


def pptx(
    *slides: str,
    order: tuple[int, ...] = (),
    titles: dict[int, str] | None = None,
    notes: dict[int, str] | None = None,
) -> bytes:
    """A presentation: the text of each slide, titles and notes by the numbers of slides, which are shown in `order`."""
    parts = {
        f"ppt/slides/slide{n}.xml": _slide(text, (titles or {}).get(n))
        for n, text in enumerate(slides, 1)
    }
    for n, text in (notes or {}).items():
        parts[f"ppt/notesSlides/notesSlide{n}0.xml"] = _slide(text)
        target = f"../notesSlides/notesSlide{n}0.xml"
        parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = _relations({"rId9": target})
    if order:
        shown = "".join(f'<p:sldId id="{n}" r:id="rId{n}"/>' for n in order)
        parts["ppt/presentation.xml"] = (
            f"<p:presentation {SLIDE} {RELATED}><p:sldIdLst>{shown}</p:sldIdLst></p:presentation>"
        )
        parts["ppt/_rels/presentation.xml.rels"] = _relations(
            {f"rId{n}": f"slides/slide{n}.xml" for n in order}
        )
    return archive(dict(reversed(parts.items())))


def _slide(text: str, title: str | None = None) -> str:
    shapes = [_shape(title, '<p:ph type="title"/>')] if title else []
    shapes += [_shape(text, '<p:ph idx="1"/>'), _shape("7", '<p:ph type="sldNum"/>')]
    return f"<p:sld {SLIDE} {DRAWING}><p:cSld>{''.join(shapes)}</p:cSld></p:sld>"


def _shape(text: str, placeholder: str) -> str:
    lines = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f"<p:sp><p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>"


def _relations(targets: dict[str, str]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Target="{target}"/>' for key, target in targets.items()
    )
    return f"<Relationships>{listed}</Relationships>"


def pdf(
    *pages: str, outline: Sequence[tuple[str, int]] = (), more: dict[str, bytes] | None = None
) -> bytes:
    """A PDF: the lines of each page, and its outline: titles and the numbers of their pages."""
    count = len(pages)
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(count))
    objects = {
        1: f"<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R {(more or {}).get('catalog', b'').decode()}>>".encode(),
        2: f"<</Type/Pages/Kids[{kids}]/Count {count}>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        4: b"<</Type/Outlines>>",
    }
    for n, text in enumerate(pages):
        objects[10 + 2 * n] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {11 + 2 * n} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>"
        ).encode()
        objects[11 + 2 * n] = _page_content(text)
    first = 10 + 2 * count
    for n, (title, page) in enumerate(outline):
        after = f"/Next {first + n + 1} 0 R" if n + 1 < len(outline) else ""
        objects[first + n] = (
            f"<</Title({title})/Parent 4 0 R/Dest[{8 + 2 * page} 0 R/Fit]{after}>>".encode()
        )
    if outline:
        last = first + len(outline) - 1
        objects[4] = f"<</Type/Outlines/First {first} 0 R/Last {last} 0 R>>".encode()
    return _pdf_of(objects)


def _page_content(text: str) -> bytes:
    lines = b"".join(
        b"(" + line.replace("(", "\\(").replace(")", "\\)").encode("cp1252") + b")Tj T*\n"
        for line in text.split("\n")
    )
    content = b"BT /F 12 Tf 14 TL 50 750 Td\n" + lines + b"ET"
    return b"<</Length %d>>stream\n%b\nendstream" % (len(content), content)


def _pdf_of(objects: dict[int, bytes]) -> bytes:
    data, places = b"%PDF-1.4\n", dict[int, int]()
    for number, content in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    size = max(objects) + 1
    table = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(size)
    )
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(data))
    return data + b"xref\n0 %d\n%b%b" % (size, table, trailer)


def endless_pdf() -> bytes:
    """A PDF whose list of pages is in itself, so that it never ends."""
    loop = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"
    return _pdf_of({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: loop})


def locked_pdf() -> bytes:
    """A PDF that takes a password to open."""
    key = b"<" + b"41" * 32 + b">"
    lock = b"<</Filter/Standard/V 1/R 2/O %b/U %b/P -4>>" % (key, key)
    whole = _pdf_of(
        {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[]/Count 0>>", 3: lock}
    )
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]")


def doc(*pieces: str | bytes, footnotes: int = 0, headers: int = 0, flags: int = 0) -> bytes:
    """A .doc whose text is in these pieces: in two bytes a character, or one if it is given as bytes.

    Of its characters the last so many are footnotes and headers.
    """
    texts = [piece if isinstance(piece, bytes) else piece.encode("utf-16-le") for piece in pieces]
    lengths = [
        len(text) // (1 if isinstance(piece, bytes) else 2)
        for piece, text in zip(pieces, texts, strict=True)
    ]
    ends = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    places = [1024 + sum(map(len, texts[:n])) for n in range(len(texts))]
    descriptors = b"".join(
        struct.pack("<HIH", 0, place * 2 | 1 << 30 if isinstance(piece, bytes) else place, 0)
        for piece, place in zip(pieces, places, strict=True)
    )
    list_of_pieces = struct.pack(f"<{len(ends)}I", *ends) + descriptors
    table = b"\1\3\0abc" + b"\2" + struct.pack("<I", len(list_of_pieces)) + list_of_pieces
    main = bytearray(1024)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 10, flags | 0x1204)
    struct.pack_into("<3I", main, 0x4C, ends[-1] - footnotes - headers, footnotes, headers)
    struct.pack_into("<II", main, 0x1A2, 0, len(table))
    return _file_system({"WordDocument": bytes(main) + b"".join(texts), "1Table": table})


def _file_system(streams: dict[str, bytes]) -> bytes:
    """The kind of archive that old office documents are, in sectors of 512 bytes."""
    end, free, fat_sector = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chains, sectors, entries = [fat_sector, end], b"", b""
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        entries += _entry(name, 2, len(chains), len(padded))
        count = len(padded) // 512
        chains += [*range(len(chains) + 1, len(chains) + count), end]
        sectors += padded
    assert len(chains) <= 128
    folder = _entry("Root Entry", 5, end, 0, child=1) + entries[:128].replace(
        struct.pack("<III", free, free, free), struct.pack("<III", 2, free, free)
    )
    folder = (folder + entries[128:]).ljust(512, b"\0")
    fat = struct.pack("<128I", *chains, *[free] * (128 - len(chains)))
    header = struct.pack(
        "<8s16xHHHHH6xIII4xIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        4096,
        end,
        0,
        end,
        0,
    )
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + fat + folder + sectors


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    none = 0xFFFFFFFF
    return struct.pack(
        "<64sHBBIII36xIQ", encoded, len(encoded), kind, 1, none, none, child, start, size
    )


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


def blank_bomb() -> bytes:
    """A document of a few kB that unpacks to 300 MB of nothing."""
    return archive({"word/document.xml": f"<w:document {WORD}>".encode() + b" " * 300_000_000})


def deep_xml() -> bytes:
    """A document whose elements lie in each other for ever."""
    return archive({"word/document.xml": f"<w:document {WORD}>" + "<w:p>" * 5_000_000})


def slow_page() -> bytes:
    """A page that takes a parser minutes: comments that never end."""
    return b"<!--" * 3_000_000
