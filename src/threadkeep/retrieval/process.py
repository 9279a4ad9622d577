"""Reads files in processes of their own, so that a file that was made to hurt hurts nobody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import msgspec

from threadkeep.retrieval import UnreadableFileError, limits
from threadkeep.retrieval.reading import (
    ReadAll,
    ReadAnswer,
    ReadRequest,
    Unreadable,
    frame,
    read_frame,
)
from threadkeep.storage import Chunk
from threadkeep.types.vector_store import StaticChunking

T = TypeVar("T")

_IDLE_SECONDS: Final = 30.0
"""A process that had nothing to do for so long is ended; the next file starts another."""
_SECONDS_TO_END: Final = 2.0
_SECONDS_RESTORED: Final = 5.0
"""Many times what the few chunks of an answer take."""

_answer_decoder: Final = msgspec.msgpack.Decoder(ReadAnswer)


class StartError(Exception):
    """No file is to blame: the process ended before it was sent one."""


class ProcessReader:
    """Reads as many files at once as it is asked to, each in a process of its own, which is used again.

    A file may have `most_tokens`, and take `seconds` and some more for what is found in it.
    """

    def __init__(
        self, seconds: float = limits.READING_SECONDS, most_tokens: int = limits.MOST_TOKENS
    ) -> None:
        self._seconds = seconds
        self._most_tokens = most_tokens
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._ending: asyncio.TimerHandle | None = None

    async def read(
        self, filename: str, parts: AsyncIterable[bytes], sizes: StaticChunking
    ) -> AsyncGenerator[list[Chunk]]:
        """The text of a file, cut into chunks of these sizes, a few at a time. Raises `UnreadableFileError`."""
        process = self._take()
        try:
            await self._send(process, ReadRequest(filename, sizes, self._most_tokens), parts)
            patience = _Patience(self._seconds)
            while not isinstance(answer := await patience.spent_on(process), ReadAll):
                if isinstance(answer, Unreadable):
                    raise UnreadableFileError(answer.code, answer.message)
                yield answer.chunks
        except BaseException:  # also if no more chunks are wanted
            self._drop(process)
            raise
        self._keep(process)

    @property
    def pids(self) -> list[int]:
        """The processes that read, and those that wait for a file."""
        return [process.pid for process in (*self._busy, *self._idle)]

    async def close(self) -> None:
        """End the processes."""
        if self._ending is not None:
            self._ending.cancel()
        self._end_idle()

    async def _send(
        self, process: _Process, request: ReadRequest, parts: AsyncIterable[bytes]
    ) -> None:
        await _in_thread(process.wait_until_ready)
        await _in_thread(lambda: process.send(msgspec.msgpack.encode(request)))
        async for part in parts:
            if part:
                await _in_thread(lambda part=part: process.send(part))
        await _in_thread(lambda: process.send(b""))

    def _take(self) -> _Process:
        """A process for one file."""
        while self._idle and not self._idle[-1].is_alive:
            self._idle.pop().kill()
        process = self._idle.pop() if self._idle else _Process()
        self._busy.add(process)
        return process

    def _drop(self, process: _Process) -> None:
        """It has met a bad file: the next one shall not be read by it."""
        self._busy.discard(process)
        process.kill()

    def _keep(self, process: _Process) -> None:
        """For the next file. When none was needed for a while, all that wait are ended."""
        self._busy.discard(process)
        self._idle.append(process)
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        for process in self._idle:
            process.kill()
        self._idle.clear()


class _Patience:
    """How long an answer may still take: it wears off while a file is read, and what comes of it restores some."""

    def __init__(self, seconds: float) -> None:
        self._most = self._left = seconds

    async def spent_on(self, process: _Process) -> ReadAnswer:
        """The next answer. Raises `UnreadableFileError`."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            async with asyncio.timeout(self._left):
                answer = await _in_thread(process.answer)
        except TimeoutError:
            raise limits.invalid("It takes too long to read.") from None
        left = self._left - (loop.time() - asked_at) + _SECONDS_RESTORED
        self._left = min(left, self._most)
        return answer


class _Process:
    """One process, in a session of its own: Ctrl-C in a terminal must not end it, lest the file is blamed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "threadkeep.retrieval.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._is_ready = False

    @property
    def pid(self) -> int:
        """By which the system knows it."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Blocks until it can be sent files. Raises `StartError`."""
        if not self._is_ready and self._next_frame() is None:
            raise StartError("a process that reads files could not be started")
        self._is_ready = True

    def send(self, data: bytes) -> None:
        """Send a frame; blocks until it is taken. Raises `UnreadableFileError`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame(data))
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise _died() from error

    def answer(self) -> ReadAnswer:
        """Blocks until it comes. Raises `UnreadableFileError`."""
        data = self._next_frame()
        if data is None:
            raise _died()
        return _answer_decoder.decode(data)

    def kill(self) -> None:
        """End it at once; it holds nothing that could be lost."""
        self._process.kill()
        self._process.wait(_SECONDS_TO_END)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _next_frame(self) -> bytes | None:
        assert self._process.stdout is not None
        try:
            return read_frame(self._process.stdout)
        except (OSError, ValueError):
            return None


def _died() -> UnreadableFileError:
    """A process that is gone is gone because of what it read: it leaves signals aside."""
    return limits.invalid("Reading it broke the reader.")


async def _in_thread(do: Callable[[], T]) -> T:
    """What `do` gives. Once the process is killed `do` ends at once, so it need not be waited for."""
    return await asyncio.to_thread(do)
