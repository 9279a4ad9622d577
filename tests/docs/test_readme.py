"""The README's code runs as it is printed, and what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.scripted_model import DEFAULT_TEXT

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "changelog.d/README.md"]
PRINTED_URL = "http://127.0.0.1:8400/v1"


def code_with(words: str) -> str:
    """The one block of Python in the README that holds these words."""
    blocks = re.findall(r"^```python\n(.+?)^```", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if words in block]
    return found


def printed_by(code: str, folder: Path, **environment: str) -> str:
    """What a user's Python prints who pastes the code into a file of an empty folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_official_sdk_needs_one_line_changed(running_server, tmp_path):
    code = code_with("from openai import OpenAI").replace(PRINTED_URL, running_server.base_url)
    # The official SDK marks these calls as deprecated; its users know.
    silent = "import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n"
    assert printed_by(silent + code, tmp_path) == f"{DEFAULT_TEXT}\n"


def test_the_client_streams(running_server, tmp_path):
    code = code_with("from threadkeep import Client").replace(PRINTED_URL, running_server.base_url)
    text, _, summary = printed_by(code, tmp_path).partition("\n")
    assert text == DEFAULT_TEXT
    assert "completed" in summary


def test_the_embedded_client_keeps_a_file(scripted_model, tmp_path):
    code = code_with("embedded.client")
    printed = printed_by(code, tmp_path, THREADKEEP_UPSTREAM_URL=scripted_model.base_url)
    assert printed.splitlines() == ["user What is rain?", f"assistant {DEFAULT_TEXT}"]
    assert (tmp_path / "threads.db").stat().st_size > 0


@pytest.mark.parametrize("page", PAGES)
def test_the_targets_of_make_are_there(page):
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / page).read_text(), re.MULTILINE))
    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = README.splitlines()[:20]
    assert any(line.startswith("make demo") for line in first_screen)
    assert any(line.startswith("make test") for line in first_screen)
