"""A port for operators beside that of the API."""

from __future__ import annotations

import re
import time

from tests.support.conversation import new_thread
from tests.support.http import Http
from tests.support.metrics import numbers
from tests.support.server_process import ServerProcess, StartProcess

PATIENCE_SECONDS = 20


def metrics_url(process: ServerProcess) -> str:
    """Where the process says that its numbers are."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (told := re.search(r"Metrics +(\S+)/metrics", "".join(process.output))):
        assert time.monotonic() < deadline, process.output
        time.sleep(0.01)
    return told[1]


def test_numbers_and_health_have_a_port_of_their_own(start_process: StartProcess):
    process = start_process("--metrics-port", "0", "--api-key", "sk-secret")
    url = metrics_url(process)
    new_thread(Http(process.base_url, "sk-secret"), "Hello")

    route = "/threads"
    assert numbers(url).of("http_requests_total", method="POST", route=route, status="200") == 1
    assert Http(url, key=None).get("/health/ready").json["status"] == "ready"
    assert Http(url, "sk-secret").get("/v1/threads").status == 404
    api = process.base_url.removesuffix("/v1")
    assert Http(api, "sk-secret").get("/metrics").status == 404
    assert Http(api, key=None).get("/health/ready").status == 200
