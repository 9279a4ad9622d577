"""The pages on commands and settings say what the program says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Threadkeep
from threadkeep.errors import SettingsError
from threadkeep.places import is_shared
from threadkeep.settings import Settings
from threadkeep.settings.loading import load

ROOT = Path(__file__).resolve().parents[2]
CLI = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
HELP = dict(
    re.findall(r"^## (threadkeep[^\n]*)\n\n```text\n(.+?)```", CLI, re.MULTILINE | re.DOTALL)
)


def test_the_generated_parts_are_up_to_date():
    script = [sys.executable, ROOT / "scripts/write_reference.py", "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("command", ["threadkeep", "threadkeep serve", "threadkeep runs show"])
def test_help_is_what_a_wide_terminal_shows(threadkeep: Threadkeep, command: str):
    done = threadkeep(*command.split()[1:], "--help")
    assert (done.code, done.out) == (0, HELP[command])


def test_the_file_that_is_printed_can_be_used(tmp_path: Path):
    settings = printed_settings(0, tmp_path)
    assert settings.routes[0].fallbacks[0].upstream == "hosted"
    assert [key.project for key in settings.api_keys] == ["web-shop", "support"]


def test_the_file_of_one_of_several_nodes_can_be_used(tmp_path: Path):
    settings = printed_settings(1, tmp_path)
    assert is_shared(settings)
    assert settings.bus is not None
    assert not settings.auto_migrate


def test_the_mistake_that_is_printed_is_the_answer(threadkeep: Threadkeep, tmp_path: Path):
    (tmp_path / "threadkeep.toml").write_text("\n" * 5 + "[engine]\nlese_seconds = 1\n")
    (printed,) = re.findall(r"^threadkeep: .+$", SETTINGS, re.MULTILINE)
    with pytest.raises(SettingsError):
        load(file=tmp_path / "threadkeep.toml", environ={})
    assert threadkeep("serve").err == f"{printed}\n"


def printed_settings(index: int, folder: Path) -> Settings:
    """What the TOML file says that stands at `index` on the page."""
    blocks = re.findall(r"^```toml\n(.+?)^```", SETTINGS, re.MULTILINE | re.DOTALL)
    file = folder / "threadkeep.toml"
    file.write_text(blocks[index])
    return load(file=file, environ={}).settings
