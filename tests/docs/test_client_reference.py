"""The code of the client's page runs, from top to bottom, against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT
from threadkeep.client.config import DEFAULT_BASE_URL
from threadkeep.wire import retry

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/client.md").read_text()


def test_the_code_runs_as_it_is_printed(running_server: RunningServer):
    code = "\n".join(re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL))
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            code.replace(DEFAULT_BASE_URL, running_server.base_url),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    asked, page, _, missing, _, polled, *streamed = done.stdout.splitlines()
    assert asked == "What is rain?"
    assert page == "1 False False"
    assert missing.startswith("404 invalid_request_error None None req_")
    assert polled.startswith("completed Usage(")
    assert streamed == [f"{DEFAULT_TEXT}completed", DEFAULT_TEXT]


def test_the_figures_are_those_of_the_code():
    assert retry.INITIAL_DELAY_SECONDS == 0.5
    assert retry.MAX_DELAY_SECONDS == 8
    assert retry.MAX_ASKED_DELAY_SECONDS == 120
    assert retry.JITTER == 0.25
    assert DEFAULT_BASE_URL in PAGE
