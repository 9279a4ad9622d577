"""Forms with files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from threadkeep.wire.multipart import FilePart, field_bytes, file_head, file_part


def named(file: FilePart) -> tuple[str, str]:
    return file.filename, file.content_type


def test_a_path_gives_its_name_and_type():
    assert named(file_part(Path("/data/notes.txt"))) == ("notes.txt", "text/plain")


def test_bytes_and_nameless_files_are_called_upload():
    assert named(file_part(b"abc")) == ("upload", "application/octet-stream")
    assert named(file_part(io.BytesIO(b"abc"))) == ("upload", "application/octet-stream")


def test_an_open_file_gives_its_name(tmp_path: Path):
    with (tmp_path / "table.csv").open("wb+") as opened:
        assert named(file_part(opened)) == ("table.csv", "text/csv")


def test_a_tuple_says_it_itself():
    assert named(file_part(("a.md", b"x"))) == ("a.md", "text/markdown")
    assert named(file_part(("a.md", b"x", "text/x-own"))) == ("a.md", "text/x-own")
    assert file_part(("a", b"x", None, {"X-Own": "1"})).headers == {"X-Own": "1"}
    assert named(file_part((None, Path("b.json")))) == ("b.json", "application/json")


def test_what_is_no_file_is_refused():
    with pytest.raises(TypeError, match="Expected a path, an open file, bytes"):
        file_part("notes.txt")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="int"):
        file_part(("notes.txt", 3))  # pyright: ignore[reportArgumentType]


def test_a_name_cannot_leave_its_quotes():
    head = file_head("b", "file", file_part(('x"\r\nX-Evil: 1\r\n.txt', b"")))
    assert b'filename="x%22%0D%0AX-Evil: 1%0D%0A.txt"\r\n' in head


def test_a_name_stays_as_it_is_written():
    assert 'filename="你好.txt"'.encode() in file_head("b", "file", file_part(("你好.txt", b"")))


def test_a_field_is_whole():
    assert field_bytes("b", "purpose", "vision") == (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n'
    )
