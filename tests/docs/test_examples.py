"""The examples run as they are, against a real server, and the seed's table leads to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT, ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
OSLO = ("weather", '{"city": "Oslo"}')
TOO_LATE = (
    "too late: Error code: 400 - {'error': {'message': "
    "\"Cannot cancel run with status 'completed'.\", "
    "'type': 'invalid_request_error', 'param': None, 'code': None}}"
)
PRINTED = {
    "threads": [
        "made thread {'topic': 'weather'}",
        "changed {'topic': 'rain'}",
        "deleted True",
        "gone 404",
    ],
    "messages": [
        *(f"Message {number}" for number in range(1, 6)),
        "newest first ['5', '4'] True",
        "changed {'number': 'last'}",
        "deleted True",
    ],
    "runs": [
        "completed 15",
        f"assistant {DEFAULT_TEXT}",
        "[{'try': 'one'}]",
        TOO_LATE,
        "deleted True",
    ],
    "streaming": [DEFAULT_TEXT, "completed completed 1"],
    "tool_outputs": [
        'asked for {"city": "Oslo", "weather": "rain", "celsius": 12}',
        DEFAULT_TEXT,
        "completed",
        "step tool_calls completed",
        "step message_creation completed",
    ],
    "async_client": ["10 answers", "model scripted-model"],
}


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs_as_it_is(
    name: str, running_server: RunningServer, scripted_model: ScriptedModel
):
    if name == "tool_outputs":
        scripted_model.call_functions(OSLO)
        scripted_model.reply(DEFAULT_TEXT)
        scripted_model.call_functions(OSLO)
    environment = {"OPENAI_BASE_URL": running_server.base_url, "OPENAI_API_KEY": "any"}
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / f"{name}.py"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == PRINTED[name]


def test_each_row_of_the_seed_leads_to_a_section_whose_example_makes_the_call():
    page = (ROOT / "docs/reference/seed.md").read_text()
    rows = re.findall(
        r"^\| (\d+) \|.+\| `client\.([\w.]+)\(.+\[.+\]\(#([\w-]+)\) \|$", page, re.MULTILINE
    )
    assert [int(number) for number, _, _ in rows] == list(range(1, 19))
    for _, call, anchor in rows:
        [section] = re.findall(
            rf"^## [^\n]+{{ #{anchor} }}\n.+?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
        )
        [example] = re.findall(r'--8<-- "(examples/.+?)"', section)
        assert f"client.{call}(" in (ROOT / example).read_text()
