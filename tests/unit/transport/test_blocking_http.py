"""Threads, forks and what is loaded, with the transport that blocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support.live_server import live_server
from tests.support.python_process import run_python
from tests.support.transport_probe import TransportProbe
from threadkeep.transport import Request
from threadkeep.transport.blocking_http import PlainHTTPTransport

FORKING = """
import os
from threadkeep.transport import Request
from threadkeep.transport.blocking_http import PlainHTTPTransport

transport = PlainHTTPTransport()

def bodies(name):
    url = "{base_url}/body"
    return [transport.send(Request("POST", url, {{}}, name)).body for _ in range(3)]

assert bodies(b"before") == [b"before"] * 3
child = os.fork()
if child == 0:
    os._exit(0 if bodies(b"child") == [b"child"] * 3 else 1)
assert bodies(b"parent") == [b"parent"] * 3
assert os.waitpid(child, 0)[1] == 0
print("both")
"""
CALLING = """
import sys
from threadkeep import Client
from threadkeep.errors import APIResponseValidationError

with Client(base_url="{base_url}/status/200", api_key="any", max_retries=0) as client:
    try:
        client.models.list()
    except APIResponseValidationError:
        pass
print(sorted({{"asyncio", "pyreqwest"}} & sys.modules.keys()))
"""


def test_each_of_many_threads_gets_the_answers_to_its_own_requests() -> None:
    probe, transport = TransportProbe(), PlainHTTPTransport()

    def ask(base_url: str, name: int) -> set[bytes]:
        request = Request("POST", base_url + "/body", {}, b"%d" % name)
        return {transport.send(request).body for _ in range(50)}

    with live_server(probe) as base_url, ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda name: ask(base_url, name), range(8))
        assert list(answers) == [{b"%d" % name} for name in range(8)]
        transport.close()
    assert len(probe.connections) <= 8


def test_a_process_that_forks_goes_on_with_connections_of_its_own() -> None:
    probe = TransportProbe()
    with live_server(probe) as base_url:
        done = run_python(FORKING.format(base_url=base_url))
    assert (done.stdout, done.stderr) == ("both\n", "")
    assert len(probe.connections) == 2


def test_a_call_over_plain_http_loads_neither_an_event_loop_nor_what_it_does_not_need() -> None:
    with live_server(TransportProbe()) as base_url:
        done = run_python(CALLING.format(base_url=base_url))
    assert (done.stdout, done.stderr) == ("[]\n", "")
