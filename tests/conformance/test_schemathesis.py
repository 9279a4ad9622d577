"""All operations are called with whatever their description lets through, and with what it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.client_environments import CALM, python_of
from tests.support.http import Http
from tests.support.running_server import RunningServer

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
FIXED = ["--generation-deterministic", "--max-examples", "20"]
LONGEST_SECONDS = 180


@pytest.mark.timeout(600)  # its environment may have to be made first
def test_nothing_fails_and_everything_fits(running_server: RunningServer, tmp_path: Path):
    program = python_of("schemathesis").with_name("schemathesis")
    command = [program, "run", f"{running_server.url}/openapi.json"]
    options = ["--url", running_server.base_url, "--header", "Authorization: Bearer sk-test"]
    checks = ["--phases", "examples,coverage,fuzzing,stateful", "--checks", ",".join(CHECKS)]
    done = subprocess.run(
        [*command, *options, *checks, *FIXED, "--no-color", "--warnings", "off"],
        cwd=tmp_path,
        env=CALM,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    called = {seen.operation for seen in running_server.witness.seen}
    paths = Http(running_server.url).ok("GET", "/openapi.json")["paths"]
    assert {f"{m.upper()} {path}" for path, methods in paths.items() for m in methods} <= called
