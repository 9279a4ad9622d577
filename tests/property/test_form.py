"""Forms are read alike, however their bytes are cut, and whatever is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.uploads import BOUNDARY, FORM, form
from threadkeep.errors import InvalidRequestError
from threadkeep.server.form import Form

NAMES = st.text(st.characters(exclude_characters='"\\\r\n', codec="utf-8"), min_size=1, max_size=9)
CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([b"\r", b"\n", b"-", b"--", f"\r\n--{BOUNDARY}"[:-1].encode(), b"x"]),
        max_size=9,
    ).map(b"".join),
)
PARTS = st.lists(st.tuples(NAMES, st.none() | NAMES, CONTENTS), max_size=4)
CUTS = st.lists(st.integers(0, 2000), max_size=20)

Read = list[tuple[str, str | None, bytes]]


def written(parts: Read) -> bytes:
    def one(name: str, filename: str | None, content: bytes) -> bytes:
        more = "" if filename is None else f'; filename="{filename}"'
        head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        return head.encode() + content

    return form([one(*part) for part in parts])


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut for cut in cuts if cut < len(data)} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


def read(data: list[bytes]) -> tuple[Read, bytes]:
    async def body() -> AsyncIterator[bytes]:
        for piece in data:
            yield piece

    async def parts() -> tuple[Read, bytes]:
        found = Form(FORM.encode(), body(), with_fingerprint=True)
        contents = [
            (part.name, part.filename, b"".join([piece async for piece in part]))
            async for part in found
        ]
        return contents, found.fingerprint

    return asyncio.run(parts())


@given(PARTS, CUTS)
def test_what_was_written_is_read(parts: Read, cuts: list[int]):
    data = written(parts)
    whole = read([data])
    assert read(pieces(data, cuts)) == whole
    assert whole[0] == parts


@given(PARTS, PARTS)
def test_forms_that_differ_have_other_fingerprints(one: Read, other: Read):
    assert (read([written(one)])[1] == read([written(other)])[1]) == (one == other)


@given(PARTS, st.integers(1, 400), CUTS)
def test_a_form_that_ends_too_early_is_refused(parts: Read, missing: int, cuts: list[int]):
    data = written(parts)[: -2 - missing]
    with pytest.raises(InvalidRequestError, match="form"):
        read(pieces(data, cuts))


@given(st.binary(max_size=300), CUTS)
def test_nothing_breaks_it(data: bytes, cuts: list[int]):
    with suppress(InvalidRequestError):
        read(pieces(data, cuts))
