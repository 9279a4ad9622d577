"""A worker of a cluster as operators see it: on its own port, with real PostgreSQL and NATS."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Threadkeep, plain_environ
from tests.support.http import Http
from tests.support.metrics import numbers
from tests.support.scripted_model import ScriptedModel

SECONDS = 30
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def worker(
    postgres_dsn: str, nats_url: str, scripted_model: ScriptedModel, tmp_path: Path
) -> Iterator[str]:
    """Where a worker process tells its health."""
    command = [sys.executable, "-u", "-m", "threadkeep", "worker", "--port", "0"]
    flags = ["--database", postgres_dsn, "--bus", nats_url, "--upstream", scripted_model.base_url]
    output = tmp_path / "output"
    with output.open("w") as written:
        process = subprocess.Popen(
            [*command, *flags], stdout=written, stderr=written, env=plain_environ(tmp_path)
        )
    try:
        yield address(output)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, output.read_text()


def address(output: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while not (found := re.search(r"Health +(\S+)/health\n", output.read_text())):
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.01)
    return found[1]


def test_a_worker_tells_its_health_and_its_numbers(worker: str):
    ready = Http(worker, key=None).get("/health/ready")
    told = numbers(worker)
    assert (ready.status, ready.json["status"], ready.json["problems"]) == (200, "ready", [])
    assert (told.of("storage_up"), told.of("bus_up"), told.of("workers_alive")) == (1, 1, 1)
    assert Http(worker, key="sk-1").get("/v1/threads").status == 404


def test_the_doctor_finds_it_by_the_name_of_its_machine(
    worker: str, threadkeep: Threadkeep, postgres_dsn: str, nats_url: str
):
    import platform

    done = threadkeep("doctor", "--cluster", "--database", postgres_dsn, "--bus", nats_url)
    node = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:20]
    assert f"worker_{node}" in done.out, done.out
    assert "1 alive, with 0 runs" in done.out
