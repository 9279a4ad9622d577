"""The code of the page on streams runs, from top to bottom, against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT
from threadkeep.client.config import DEFAULT_BASE_URL
from threadkeep.engine.event_log import KEPT_SECONDS
from threadkeep.wire import retry

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "howto/streams-that-survive.md").read_text()
REFERENCE = (DOCS / "reference/api.md").read_text()


def test_the_code_runs_as_it_is_printed(running_server: RunningServer):
    code = "\n".join(re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL))
    code = code.replace(DEFAULT_BASE_URL, running_server.base_url)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"{DEFAULT_TEXT}thread.run.completed",
        "0",
        "completed",
    ]


def test_the_figures_are_those_of_the_code():
    assert (retry.RESUME_TRIES, retry.INITIAL_DELAY_SECONDS, retry.MAX_DELAY_SECONDS) == (8, 0.5, 8)
    assert "eight tries in a row" in PAGE
    assert KEPT_SECONDS == 60
    assert "for a minute after its end" in PAGE
    assert "until a minute after the run has ended" in REFERENCE
