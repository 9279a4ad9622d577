"""A worker of a cluster as operators see it: on its own port, with real PostgreSQL and NATS."""

from __future__ import annotations

import json
import platform
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
def welcome(
    postgres_dsn: str, nats_url: str, scripted_model: ScriptedModel, tmp_path: Path
) -> Iterator[str]:
    """What a worker process says once it works."""
    command = [sys.executable, "-u", "-m", "threadkeep", "worker", "--port", "0"]
    flags = ["--database", postgres_dsn, "--bus", nats_url, "--upstream", scripted_model.base_url]
    output = tmp_path / "output"
    with output.open("w") as written:
        process = subprocess.Popen(
            [*command, *flags], stdout=written, stderr=written, env=plain_environ(tmp_path)
        )
    try:
        yield welcome_in(output)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, output.read_text()


def welcome_in(output: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while "Stop it" not in (said := output.read_text()):
        assert time.monotonic() < deadline, said
        time.sleep(0.01)
    return said


def told(welcome: str, field: str) -> str:
    return re.search(rf"^{field} +(\S+)", welcome, re.MULTILINE)[1]


@pytest.fixture
def worker(welcome: str) -> str:
    """Where it tells its health."""
    return told(welcome, "Health").removesuffix("/health")


def test_a_worker_tells_its_health_and_its_numbers(worker: str):
    ready = Http(worker, key=None).get("/health/ready")
    told = numbers(worker)
    assert (ready.status, ready.json["status"], ready.json["problems"]) == (200, "ready", [])
    assert (told.of("storage_up"), told.of("bus_up"), told.of("workers_alive")) == (1, 1, 1)
    assert Http(worker, key="sk-1").get("/v1/threads").status == 404


def test_the_doctor_finds_it_by_the_name_that_it_says(
    welcome: str, threadkeep: Threadkeep, postgres_dsn: str, nats_url: str
):
    name = told(welcome, "Worker")
    place = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:20]
    assert name.startswith(f"worker_{place}")
    flags = ["--database", postgres_dsn, "--bus", nats_url]
    assert "1 alive, with 0 runs" in threadkeep("doctor", "--cluster", *flags).out
    [worker] = json.loads(threadkeep("doctor", "--cluster", "--json", *flags).out)["workers"]
    assert worker["worker"] == name
