"""Ctrl-C ends a wait of the main thread, whatever the library beneath does."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.live_server import live_server
from tests.support.transport_probe import TransportProbe
from threadkeep.transport.interruption import Lines

WAITING = """
import sys
from threadkeep.transport import Request
from threadkeep.transport.{module} import {transport}

transport = {transport}()
try:
    {statement}
except KeyboardInterrupt:
    print("interrupted", transport.send(Request("GET", sys.argv[1] + "/status/200")).status)
"""

WHOLE = 'transport.send(Request("GET", sys.argv[1] + "/stalls"))'
HEAD = 'transport.stream(Request("GET", sys.argv[1] + "/late")).__enter__()'
CHUNKS = """
    with transport.stream(Request("GET", sys.argv[1] + "/stalls")) as response:
        print(list(response))
"""
SENDING = 'transport.send(Request("POST", sys.argv[1] + "/silent", {}, bytes(50_000_000)))'


@pytest.mark.parametrize("statement", [WHOLE, HEAD, CHUNKS, SENDING])
@pytest.mark.parametrize(
    ("module", "transport"),
    [("pyreqwest", "PyreqwestTransport"), ("blocking_http", "PlainHTTPTransport")],
)
def test_ctrl_c_ends_the_wait_and_the_transport_goes_on(
    module: str, transport: str, statement: str
) -> None:
    program = WAITING.format(module=module, transport=transport, statement=statement)
    probe = TransportProbe()
    with live_server(probe) as base_url:
        process = subprocess.Popen(
            [sys.executable, "-c", program, base_url],
            stdout=subprocess.PIPE,
            text=True,
        )
        asyncio.run(probe.gates["arrived"].passed())
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    assert (output, process.returncode) == ("interrupted 200\n", 0)


def test_what_a_call_gives_or_raises_comes_through() -> None:
    line = Lines().open()
    assert line.call(lambda: 7) == 7
    with pytest.raises(KeyError, match="mine"):
        line.call(lambda: {}["mine"])
    line.close()


def test_only_the_main_thread_has_others_wait_for_it() -> None:
    lines = Lines()
    where: list[threading.Thread] = []

    def call() -> None:
        line = lines.open()
        where.append(line.call(threading.current_thread))
        line.close(lambda: where.append(threading.current_thread()))

    worker = threading.Thread(target=call)
    worker.start()
    worker.join()
    assert where == [worker, worker]
    call()
    assert where[2] is not threading.main_thread()
    assert where[3] is threading.main_thread()


def test_the_waiting_thread_is_used_again() -> None:
    lines = Lines()
    waiting: set[threading.Thread] = set()
    for _ in range(3):
        line = lines.open()
        waiting.add(line.call(threading.current_thread))
        line.close()
    assert len(waiting) == 1
