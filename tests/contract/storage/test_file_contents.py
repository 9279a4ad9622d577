"""The bytes of files, wherever they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.file_contents import FILE_CONTENTS
from tests.support.records import PROJECT
from threadkeep.errors import MissingError, RequestTooLargeError
from threadkeep.storage.files import FileContents

LIMIT = 10_000_000


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def write(contents: FileContents, file_id: str, *parts: bytes, project: str = PROJECT) -> int:
    return await contents.write(project, file_id, in_parts(*parts), limit=LIMIT)


async def read(contents: FileContents, file_id: str, project: str = PROJECT) -> bytes:
    return b"".join([part async for part in contents.read(project, file_id)])


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"",),
        (b"\x00\xff\r\n",),
        (b"one ", b"", b"two ", b"three"),
        tuple(bytes([number]) * 100_000 for number in range(20)),
        (b"x" * 3_000_000,),
    ],
    ids=["none", "empty", "bytes", "few", "many", "large"],
)
async def test_what_was_written_is_read(file_contents: FileContents, parts: tuple[bytes, ...]):
    size = await write(file_contents, "file-1", *parts)

    assert await read(file_contents, "file-1") == b"".join(parts)
    assert size == len(b"".join(parts))


async def test_a_large_file_is_read_in_parts(file_contents: FileContents):
    await write(file_contents, "file-1", b"x" * 3_000_000)

    sizes = [len(part) async for part in file_contents.read(PROJECT, "file-1")]

    assert sum(sizes) == 3_000_000
    assert max(sizes) < 1_500_000


async def test_what_was_never_written_is_missing(file_contents: FileContents):
    with pytest.raises(MissingError):
        await read(file_contents, "file-1")
    assert not await file_contents.delete(PROJECT, "file-1")
    assert await file_contents.names() == []


async def test_what_was_deleted_is_missing(file_contents: FileContents):
    await write(file_contents, "file-1", b"one")
    await write(file_contents, "file-2", b"two")

    assert await file_contents.delete(PROJECT, "file-1")

    assert not await file_contents.delete(PROJECT, "file-1")
    with pytest.raises(MissingError):
        await read(file_contents, "file-1")
    assert await read(file_contents, "file-2") == b"two"


async def test_as_much_as_the_limit_is_kept_and_a_byte_more_is_not(file_contents: FileContents):
    parts = [b"x" * 500_000, b"y" * 500_000]

    await file_contents.write(PROJECT, "file-1", in_parts(*parts), limit=1_000_000)
    with pytest.raises(RequestTooLargeError) as refused:
        await file_contents.write(PROJECT, "file-2", in_parts(*parts, b"z"), limit=1_000_000)

    assert refused.value.limit == 1_000_000
    assert await file_contents.names() == [(PROJECT, "file-1")]


async def test_what_is_too_long_is_not_read_to_its_end(file_contents: FileContents):
    asked: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            asked.append(1)
            yield b"x" * 1_000

    with pytest.raises(RequestTooLargeError):
        await file_contents.write(PROJECT, "file-1", endless(), limit=10_000)

    assert len(asked) == 11


async def test_a_source_that_breaks_leaves_nothing(file_contents: FileContents, tmp_path: Path):
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        raise ConnectionResetError("the caller has gone")

    with pytest.raises(ConnectionResetError, match="the caller has gone"):
        await file_contents.write(PROJECT, "file-1", broken(), limit=LIMIT)

    with pytest.raises(MissingError):
        await read(file_contents, "file-1")
    assert files_in(tmp_path) == []


async def test_a_writer_that_is_cancelled_leaves_nothing(
    file_contents: FileContents, tmp_path: Path
):
    has_begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        has_begun.set()
        await asyncio.Event().wait()

    writing = asyncio.ensure_future(file_contents.write(PROJECT, "file-1", slow(), limit=LIMIT))
    await has_begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert await file_contents.names() == []
    assert files_in(tmp_path) == []


async def test_what_is_half_written_is_neither_read_nor_listed(file_contents: FileContents):
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def held_up() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        has_begun.set()
        await may_end.wait()

    writing = asyncio.ensure_future(file_contents.write(PROJECT, "file-1", held_up(), limit=LIMIT))
    await has_begun.wait()
    with pytest.raises(MissingError):
        await read(file_contents, "file-1")
    assert await file_contents.names() == []
    may_end.set()
    await writing

    assert len(await read(file_contents, "file-1")) == 1_000_000


async def test_many_at_once_do_not_mix(file_contents: FileContents):
    async def write_and_read(number: int) -> bool:
        content = bytes([number]) * 300_000
        await write(file_contents, f"file-{number}", content[:100_000], content[100_000:])
        return await read(file_contents, f"file-{number}") == content

    assert all(await asyncio.gather(*(write_and_read(number) for number in range(32))))


async def test_who_reads_while_it_is_deleted_reads_on(file_contents: FileContents):
    await write(file_contents, "file-1", b"x" * 3_000_000)
    parts = file_contents.read(PROJECT, "file-1")
    size = len(await anext(parts))

    await file_contents.delete(PROJECT, "file-1")

    assert size + sum([len(part) async for part in parts]) == 3_000_000


async def test_a_reader_may_stop_early(file_contents: FileContents):
    await write(file_contents, "file-1", b"x" * 3_000_000)
    parts = file_contents.read(PROJECT, "file-1")
    await anext(parts)

    await parts.aclose()  # pyright: ignore[reportAttributeAccessIssue]

    assert await file_contents.delete(PROJECT, "file-1")


async def test_a_sweep_takes_nothing_that_was_just_written(file_contents: FileContents):
    await write(file_contents, "file-1", b"one")

    assert await file_contents.sweep(10) == 0

    assert await read(file_contents, "file-1") == b"one"


async def test_what_is_written_again_is_the_new(file_contents: FileContents):
    await write(file_contents, "file-1", b"one")
    await write(file_contents, "file-1", b"another")

    assert await read(file_contents, "file-1") == b"another"
    assert await file_contents.names() == [(PROJECT, "file-1")]


PROJECTS = ["other", "..", ".", "a/b", "../../etc", "Größe 日本", "a%2Fb", "con.txt", "a\\b"]


async def test_projects_are_apart_whatever_their_names(file_contents: FileContents):
    for project in PROJECTS:
        await write(file_contents, "file-1", project.encode(), project=project)

    for project in PROJECTS:
        assert await read(file_contents, "file-1", project) == project.encode()
    assert sorted(await file_contents.names()) == sorted((name, "file-1") for name in PROJECTS)
    with pytest.raises(MissingError):
        await read(file_contents, "file-1")


@pytest.mark.parametrize(
    "file_id",
    [
        "",
        ".",
        "..",
        "../file-1",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a.part",
        "a\x00b",
        "-",
        "é",
        "x" * 129,
    ],
)
async def test_what_is_no_id_is_refused(file_contents: FileContents, file_id: str):
    with pytest.raises(ValueError, match="is no id"):
        await write(file_contents, file_id, b"x")
    with pytest.raises(ValueError, match="is no id"):
        await read(file_contents, file_id)
    with pytest.raises(ValueError, match="is no id"):
        await file_contents.delete(PROJECT, file_id)


@pytest.mark.parametrize("kind", list(FILE_CONTENTS))
async def test_bytes_outlive_whoever_kept_them(kind: str, tmp_path: Path):
    first = FILE_CONTENTS[kind](tmp_path)
    await first.open()
    await write(first, "file-1", b"one")
    await first.close()

    second = FILE_CONTENTS[kind](tmp_path)
    await second.open()
    found = await read(second, "file-1")
    await second.close()

    assert found == b"one"
