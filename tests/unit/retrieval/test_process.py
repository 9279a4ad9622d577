"""Files that are read in processes of their own: every kind, and such as were made to hurt."""

import asyncio
import os
import signal
import subprocess
import sys

import msgspec
import pytest

from tests.support import documents
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.process import ProcessReader, StartError
from threadkeep.retrieval.reading import ReadRequest, frame
from threadkeep.types.vector_store import StaticChunking

SIZES = StaticChunking()


@pytest.fixture
async def reader():
    reader = ProcessReader(seconds=10)
    yield reader
    await reader.close()


async def parts_of(data, size=65_536):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def text_of(reader, filename, data):
    batches = [batch async for batch in reader.read(filename, parts_of(data), SIZES)]
    return "".join(chunk.text[chunk.overlap :] for batch in batches for chunk in batch)


async def why_not(reader, filename, data):
    with pytest.raises(UnreadableFileError) as caught:
        await text_of(reader, filename, data)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("filename", "data", "text"),
    [
        ("a.txt", b"Tea is hot.", "Tea is hot."),
        ("a.PY", "x = 'ß'".encode("utf-16"), "x = 'ß'"),
        ("a.json", b'{"tea": "hot"}', '{"tea": "hot"}'),
        ("a.md", b"# Tea\nis hot", "# Tea\nis hot"),
        ("a.tex", rb"\section{Tea}", r"\section{Tea}"),
        ("a.html", b"<p>Tea<p>is hot", "Tea\nis hot\n"),
        ("a.doc", documents.doc("Tea\r", b"is hot"), "Tea\nis hot"),
        ("a.docx", documents.docx_of("Tea", "is hot"), "Tea\nis hot\n"),
        ("a.pdf", documents.pdf("Tea", "is hot"), "Tea\nis hot\n"),
        ("a.pptx", documents.pptx("Tea", "is hot"), "Tea\nis hot\n"),
    ],
)
async def test_a_file_is_read_by_its_extension(reader, filename, data, text):
    assert await text_of(reader, filename, data) == text


async def test_a_large_file_goes_through_piece_by_piece(reader):
    text = "".join(f"Line {n} of a long story.\n" for n in range(100_000))

    assert await text_of(reader, "a.txt", text.encode()) == text


@pytest.mark.parametrize(
    ("filename", "data", "code", "message"),
    [
        ("a.csv", b"1,2", "unsupported_file", "Files with extensions [.csv] are not supported"),
        ("a.pdf", b"%PDF", "invalid_file", "The file could not be parsed."),
        ("a.doc", b"\xd0\xcf", "invalid_file", "The file could not be parsed."),
        ("a.pptx", documents.docx_of("Tea"), "invalid_file", "The file could not be parsed."),
        ("a.docx", documents.entity_bomb(), "invalid_file", "The file could not be parsed."),
        ("a.docx", documents.deep_xml(), "invalid_file", "The file could not be parsed."),
        ("a.pdf", documents.endless_pdf(), "invalid_file", "The file could not be parsed."),
        (
            "a.docx",
            documents.blank_bomb(),
            "invalid_file",
            "The file could not be parsed. There is too much in it to be read.",
        ),
        (
            "a.pdf",
            documents.pdf("", ""),
            "invalid_file",
            "The file could not be parsed. There is no text in it: its pages may be pictures",
        ),
        ("a.txt", b" \n", "invalid_file", "The file could not be parsed. There is no text in it."),
        ("a.txt", b"\xe9", "invalid_file", "The file could not be parsed. It is not text in"),
        ("a.docx", b"PK", "invalid_file", "The file could not be parsed."),
    ],
)
async def test_why_a_file_cannot_be_read_is_told(reader, filename, data, code, message):
    told_code, told = await why_not(reader, filename, data)

    assert told_code == code
    assert told.startswith(message)
    assert await text_of(reader, "next.txt", b"The next is read.") == "The next is read."


async def test_a_file_that_takes_too_long_is_given_up():
    reader = ProcessReader(seconds=0.5)

    code, message = await why_not(reader, "a.html", documents.slow_page())

    assert (code, message) == (
        "invalid_file",
        "The file could not be parsed. It takes too long to read.",
    )
    assert await text_of(reader, "next.txt", b"The next is read.") == "The next is read."
    await reader.close()


async def test_chunks_come_a_few_at_a_time_and_no_more_are_made_than_are_taken(reader):
    batches = reader.read("a.txt", parts_of(b"Tea is hot. " * 200_000), SIZES)

    first = await anext(batches)
    (pid,) = reader.pids
    await batches.aclose()

    assert 1 < len(first) < 200
    assert reader.pids == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_text_may_have_as_many_tokens_as_it_is_told():
    reader = ProcessReader(most_tokens=100)

    assert await text_of(reader, "a.txt", b"word " * 100) == "word " * 100
    assert await why_not(reader, "a.txt", b"word " * 101) == (
        "invalid_file",
        "The file could not be parsed. It has more than 100 tokens.",
    )
    await reader.close()


async def test_a_file_that_kills_its_reader_is_an_invalid_file(reader):
    async def deadly():
        yield b"x"
        (pid,) = reader.pids
        os.kill(pid, signal.SIGKILL)
        yield b"x" * 1_000_000

    with pytest.raises(UnreadableFileError) as caught:
        await anext(reader.read("a.txt", deadly(), SIZES))

    assert caught.value.code == "invalid_file"
    assert caught.value.message == "The file could not be parsed. Reading it broke the reader."
    assert await text_of(reader, "next.txt", b"The next is read.") == "The next is read."


async def test_a_reader_that_died_while_it_waited_is_no_files_fault(reader):
    await text_of(reader, "a.txt", b"The reader runs.")
    (pid,) = reader.pids
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert await text_of(reader, "a.txt", b"Another reads.") == "Another reads."


async def test_no_file_is_blamed_if_no_process_can_be_started(reader, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(StartError):
        await text_of(reader, "a.txt", b"x")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
async def test_a_signal_that_ends_the_server_is_not_blamed_on_the_file(reader, name):
    await text_of(reader, "a.txt", b"The reader runs.")
    (pid,) = reader.pids

    os.kill(pid, getattr(signal, name))

    assert await text_of(reader, "a.txt", b"It reads on.") == "It reads on."
    assert reader.pids == [pid]


async def test_files_are_read_at_the_same_time_and_processes_used_again(reader):
    texts = await asyncio.gather(*(text_of(reader, "a.txt", f"{n}".encode()) for n in range(3)))

    assert texts == ["0", "1", "2"]
    before = reader.pids
    assert await text_of(reader, "a.txt", b"again") == "again"
    assert sorted(reader.pids) == sorted(before)
    assert len(before) == 3


async def test_a_reader_that_is_closed_leaves_no_process(reader):
    await text_of(reader, "a.txt", b"The reader runs.")
    (pid,) = reader.pids

    await reader.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_who_gives_up_while_a_file_comes_leaves_no_process(reader):
    async def endless():
        while True:
            yield b"x"

    reading = asyncio.ensure_future(anext(reader.read("a.txt", endless(), SIZES)))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])

    assert reading.cancelled()
    assert reader.pids == []


async def test_what_goes_wrong_with_the_bytes_is_told_as_it_is(reader):
    async def broken():
        yield b"x"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await anext(reader.read("a.txt", broken(), SIZES))
    assert await text_of(reader, "next.txt", b"The next is read.") == "The next is read."


def answers_of(code, *sent):
    """What a process says that runs this code and is sent these frames, and how it ends."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from threadkeep.retrieval import limits, reading\n{code}\nreading.main()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        answers, _ = process.communicate(b"".join(map(frame, sent)), timeout=30)
    return answers, process.returncode


def test_a_file_that_takes_too_much_memory_is_given_up():
    request = msgspec.msgpack.encode(ReadRequest("a.html", SIZES, 5_000_000))

    answers, _ = answers_of(
        "limits.READING_MEMORY_BYTES = 200_000_000", request, b"<a " * 3_000_000, b""
    )

    assert b"invalid_file" in answers
    assert b"The file could not be parsed. It takes too much memory to read." in answers


def test_a_process_whose_server_is_gone_does_not_read_for_ever():
    request = msgspec.msgpack.encode(ReadRequest("a.html", SIZES, 5_000_000))

    _, ended = answers_of("limits.READING_SECONDS = 0.5", request, documents.slow_page(), b"")

    assert ended == -signal.SIGXCPU
