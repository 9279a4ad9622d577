"""Setting up a clone: in any folder, again only when something changed, with pip from anywhere."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from scripts import set_up

# Environments are made, which may take a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

PACKAGE = (
    '[build-system]\nrequires = []\n[project]\nname = "trial"\nversion = "{}"\n[tool.x]\ny = {}\n'
)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with a space in its path, whose locks ask for nothing."""
    return settle_in(tmp_path / "my clone", monkeypatch)


@pytest.fixture
def quick_venv(monkeypatch):
    """Environments without pip, for tests that install nothing."""
    monkeypatch.setattr(set_up, "pip_from_python", lambda: True)


def settle_in(folder: Path, monkeypatch) -> Path:
    (folder / "requirements").mkdir(parents=True, exist_ok=True)
    (folder / ".venv").mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(PACKAGE.format("1", 1))
    for name in ("run", "dev"):
        (folder / f"requirements/{name}.lock").write_text("")
    locks = {name: folder / f"requirements/{name}.lock" for name in ("run", "dev")}
    monkeypatch.setattr(set_up, "ROOT", folder)
    monkeypatch.setattr(set_up, "VENV", folder / ".venv")
    monkeypatch.setattr(set_up, "PYTHON", folder / ".venv/bin/python")
    monkeypatch.setattr(set_up, "LOCKS", locks)
    return folder


def pip_version(folder: Path) -> str:
    command = [folder / ".venv/bin/python", "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_environment_has_pip_of_its_own_and_its_words_are_shown_when_it_fails(clone):
    set_up.make_venv()
    assert str(clone / ".venv") in pip_version(clone)
    assert set_up.is_sound()
    with pytest.raises(SystemExit) as ended:
        set_up.pip("install", "--no-index", "surely-not-there", total=1)
    assert "surely-not-there" in str(ended.value)
    assert "pip could not install what is locked" in str(ended.value)


def test_a_pip_of_the_machine_will_do(clone, monkeypatch):
    monkeypatch.setattr(set_up, "pip_from_python", lambda: False)
    monkeypatch.setattr(set_up, "pip_from_debian", lambda: pytest.fail("not needed"))
    set_up.make_venv()
    assert str(clone / ".venv") in pip_version(clone)


def test_without_any_pip_the_message_names_the_package(clone, monkeypatch):
    for way in ("pip_from_python", "pip_from_machine", "pip_from_debian"):
        monkeypatch.setattr(set_up, way, lambda: False)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        set_up.make_venv()
    assert not set_up.is_sound()


def test_a_python_without_ensurepip_is_no_surprise(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not set_up.pip_from_python()
    assert not set_up.pip_from_machine()


@pytest.mark.parametrize("changed", ["requirements/run.lock", "pyproject.toml"])
def test_a_change_of_what_is_installed_is_noticed(clone, changed):
    before = set_up.fingerprint("run")
    (clone / changed).write_text(PACKAGE.format("2", 1))
    assert set_up.fingerprint("run") != before


def test_a_change_of_a_tools_settings_installs_nothing(clone):
    before = set_up.fingerprint("run")
    (clone / "pyproject.toml").write_text(PACKAGE.format("1", 2))
    assert set_up.fingerprint("run") == before


def test_what_serves_development_serves_a_run(clone, quick_venv):
    set_up.make_venv()
    set_up.note_ready("dev")
    assert set_up.is_ready("dev")
    assert set_up.is_ready("run")


def test_a_folder_that_was_moved_is_set_up_anew(clone, quick_venv, tmp_path, monkeypatch):
    set_up.make_venv()
    set_up.note_ready("run")
    clone.rename(tmp_path / "elsewhere")
    settle_in(tmp_path / "elsewhere", monkeypatch)
    assert not set_up.is_sound()
    assert not set_up.is_ready("run")
