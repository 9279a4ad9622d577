"""The process in which files are read, and what goes between it and the server.

It is started by `process.py` as `python -m threadkeep.retrieval.reading`. A request, the bytes of a file and
the answers are frames, each with its length before it; the bytes are as many frames as they come in, and an empty one.
It says with an empty frame that it is ready, reads one file after the other, and ends when standard input does: that is
when the server is gone, however it went. A file is read as fast as its chunks are taken: the pipe holds few.
"""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Final, TypeAlias

import msgspec

from threadkeep.retrieval import ErrorCode, UnreadableFileError, file_types, limits
from threadkeep.retrieval.chunking import CODE, PROSE, cut
from threadkeep.retrieval.extraction import extracted
from threadkeep.storage import Chunk
from threadkeep.types.vector_store import StaticChunking

logger = logging.getLogger(__name__)

LENGTH_BYTES: Final = 4
_READY: Final = b""
_IN_MEMORY: Final = 4 * 1024 * 1024
_BATCH: Final = 128 * 1024
"""Characters: some forty chunks of the usual size go together."""


class ReadRequest(msgspec.Struct, frozen=True, array_like=True):
    """Asks for the chunks of a file."""

    filename: str
    sizes: StaticChunking
    most_tokens: int


class ReadBatch(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Some of the chunks; another answer follows."""

    chunks: list[Chunk]


class ReadAll(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """There are no more chunks."""


class Unreadable(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The file cannot be read, for this reason."""

    code: ErrorCode
    message: str


ReadAnswer: TypeAlias = ReadBatch | ReadAll | Unreadable


_TOO_MUCH_MEMORY: Final = Unreadable(
    "invalid_file", limits.invalid("It takes too much memory to read.").message
)


def frame(data: bytes) -> bytes:
    """`data` with its length before it."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next frame; None if the other side is gone."""
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    data = pipe.read(expected := int.from_bytes(length, "big"))
    return data if len(data) == expected else None


def main() -> None:
    """Answer requests until standard input ends, or nobody takes the answers."""
    _ignore_signals()
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with suppress(BrokenPipeError):
        _serve(requests, answers)


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    _send(answers, _READY)
    while (request := read_frame(requests)) is not None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            while part := read_frame(requests):
                file.write(part)
            if part is None:
                return
            file.seek(0)
            _limit_time()
            for answer in _answers(msgspec.msgpack.decode(request, type=ReadRequest), file):
                _send(answers, msgspec.msgpack.encode(answer))
                _limit_time()


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(frame(data))
    pipe.flush()


def _answers(request: ReadRequest, file: IO[bytes]) -> Iterator[ReadAnswer]:
    """Whatever goes wrong is the file's fault: nothing else differs from one to the next."""
    try:
        yield from _batches(_chunks(request, file))
        yield ReadAll()
    except UnreadableFileError as error:
        yield Unreadable(error.code, error.message)
    except MemoryError:
        yield _TOO_MUCH_MEMORY
    except Exception:
        logger.exception("%s could not be parsed", request.filename)
        yield Unreadable("invalid_file", limits.broken().message)


def _chunks(request: ReadRequest, file: IO[bytes]) -> Iterator[Chunk]:
    is_code = file_types.extension(request.filename) in file_types.CODE
    return cut(
        extracted(request.filename, file),
        request.sizes,
        breaks=CODE if is_code else PROSE,
        most_tokens=request.most_tokens,
    )


def _batches(chunks: Iterable[Chunk]) -> Iterator[ReadBatch]:
    batch: list[Chunk] = []
    length = 0
    for chunk in chunks:
        batch.append(chunk)
        length += len(chunk.text)
        if length >= _BATCH:
            yield ReadBatch(batch)
            batch, length = [], 0
    if batch:
        yield ReadBatch(batch)


def _ignore_signals() -> None:
    """Those that end the server often reach this process too; it goes when the server is gone, with its file undone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _limit_memory() -> None:
    """Where the system can; else only time is limited, by the server."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        most = limits.READING_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    """For the next answer. The server keeps time too; this is for a process whose server is gone while it reads."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        used = resource.getrusage(resource.RUSAGE_SELF)
        end = used.ru_utime + used.ru_stime + 2 * limits.READING_SECONDS
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(end), most))


if __name__ == "__main__":
    main()
