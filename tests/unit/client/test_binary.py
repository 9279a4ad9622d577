"""The content of a file."""

from __future__ import annotations

from pathlib import Path

from threadkeep.client.binary import BinaryContent


def test_it_is_read_in_the_official_ways(tmp_path: Path):
    content = BinaryContent('{"a": "ä"}'.encode())
    assert content.read() == content.content
    assert content.text == '{"a": "ä"}'
    assert content.json() == {"a": "ä"}
    assert list(content.iter_bytes()) == [content.content]
    assert b"".join(content.iter_bytes(3)) == content.content
    assert [len(part) for part in content.iter_bytes(4)] == [4, 4, 3]
    content.write_to_file(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content.content


def test_nothing_has_no_parts():
    assert list(BinaryContent(b"").iter_bytes()) == []


def test_what_is_no_text_is_shown_as_far_as_it_is():
    assert BinaryContent(b"a\xff").text == "a\N{REPLACEMENT CHARACTER}"
