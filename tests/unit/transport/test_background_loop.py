"""Coroutines for callers that block."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import weakref

import pytest

from tests.support.python_process import run_python
from threadkeep.transport.background_loop import BackgroundLoop

pytestmark = pytest.mark.usefixtures("no_loop_left")


@pytest.fixture
def no_loop_left() -> object:
    """Every loop is closed by the test that made it."""
    before = threading.active_count()
    yield None
    gc.collect()
    assert threading.active_count() == before


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return number * 2


async def fail() -> None:
    message = "on purpose"
    raise TimeoutError(message)


async def forever() -> None:
    await asyncio.Event().wait()


def test_it_gives_what_the_coroutine_gives() -> None:
    loop = BackgroundLoop()
    assert loop.run(double(21)) == 42
    loop.close()


def test_it_raises_what_the_coroutine_raises() -> None:
    loop = BackgroundLoop()
    with pytest.raises(TimeoutError, match="on purpose"):
        loop.run(fail())
    loop.close()


def test_many_threads_may_wait() -> None:
    loop = BackgroundLoop()
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(loop.run(double(n)))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [2 * n for n in range(20)]
    loop.close()


def test_a_loop_of_another_kind() -> None:
    loop = BackgroundLoop(loop_factory=asyncio.SelectorEventLoop)

    async def kind() -> type:
        return type(asyncio.get_running_loop())

    assert loop.run(kind()) is asyncio.SelectorEventLoop
    loop.close()


def test_waiting_for_itself_is_refused() -> None:
    loop = BackgroundLoop()

    async def inside() -> int:
        return loop.run(double(1))

    with pytest.raises(RuntimeError, match="wait for itself"):
        loop.run(inside())
    loop.close()


def test_a_closed_loop_runs_nothing() -> None:
    loop = BackgroundLoop()
    loop.close()
    loop.close()
    with pytest.raises(RuntimeError, match="has ended"):
        loop.run(double(1))


def test_closing_cancels_what_still_runs() -> None:
    loop = BackgroundLoop()
    ended: list[str] = []

    async def linger() -> None:
        try:
            await forever()
        finally:
            ended.append("cancelled")

    tasks: list[asyncio.Task[None]] = []

    async def start() -> None:
        tasks.append(asyncio.create_task(linger()))
        await asyncio.sleep(0)

    loop.run(start())
    loop.close()
    assert ended == ["cancelled"]


def test_a_forgotten_loop_ends_with_its_owner() -> None:
    loop = BackgroundLoop()
    forgotten = weakref.ref(loop)
    del loop
    gc.collect()
    assert forgotten() is None


def test_a_forgotten_loop_does_not_keep_the_process() -> None:
    code = (
        "from threadkeep.transport.background_loop import BackgroundLoop\n"
        "loop = BackgroundLoop()\n"
        "print('over')"
    )
    done = run_python(code)
    assert (done.stdout, done.stderr, done.returncode) == ("over\n", "", 0)


def test_ctrl_c_cancels_the_coroutine() -> None:
    loop = BackgroundLoop()
    ended = threading.Event()

    async def interrupt() -> None:
        await asyncio.sleep(0.1)  # by then the main thread waits, which nothing shows
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await forever()
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        loop.run(interrupt())
    assert ended.wait(10)
    loop.close()


def test_a_forked_process_is_told_that_the_loop_stayed_behind() -> None:
    code = (
        "import os\n"
        "from threadkeep.transport.background_loop import BackgroundLoop\n"
        "async def nothing(): pass\n"
        "loop = BackgroundLoop()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        loop.run(nothing())\n"
        "    except RuntimeError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    done = run_python(code)
    assert "forked" in done.stdout
