"""Bytes to text in the encodings that the API takes."""

import io

import pytest

from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.plain_text import decoded

TEXT = "Grüße, 世界 🎈\nSecond line"


def text_of(data):
    return "".join(decoded(io.BytesIO(data)))


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16 with mark", "little", "big", "big with mark"],
)
def test_text_in_every_encoding_is_the_same_text(data):
    assert text_of(data) == TEXT


def test_a_long_text_comes_whole_though_in_pieces():
    text = "世界 🎈\n" * 50_000

    for encoding in ("utf-8", "utf-16"):
        assert text_of(text.replace("\n", "\r\n").encode(encoding)) == text


def test_lines_end_as_on_unix():
    assert text_of(b"one\r\ntwo\rthree\n") == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    "data",
    ["Grüße".encode("latin-1"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\0b", b"\xff\xfea", b"\0" * 9],
    ids=["latin-1", "an image", "a zero", "half a character", "zeros"],
)
def test_what_is_no_text_is_an_invalid_file(data):
    with pytest.raises(UnreadableFileError) as caught:
        text_of(data)

    assert caught.value.code == "invalid_file"
    assert caught.value.message.startswith("The file could not be parsed.")
