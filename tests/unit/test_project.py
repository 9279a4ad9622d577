"""What holds for the project as a whole: sizes, names, pages that others rely on."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import threadkeep

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/threadkeep"
CONFORMANCE = ROOT / "requirements/conformance"
LONGEST_MODULE = 400
LONGEST_BRIEFING = 80
FORBIDDEN_NAMES = {"core", "services", "utils", "helpers", "common", "managers", "models", "store"}

TERMS = """
assistant, thread, message, content part, run, run status, terminal status, run step, tool, tool call,
tool output, required action, file, vector store, vector store file, chunk, ingest, operation,
problem, event, delta, snapshot, cursor, page, turn, chat model, upstream, storage, record, row,
project, worker, lease, claim, renew, release, rescue, cancel, expire, follow
"""


def handwritten_modules():
    return [path for path in SOURCE.rglob("*.py") if "_sync" not in path.parts]


@pytest.mark.parametrize("term", [term.strip() for term in TERMS.split(",")])
def test_the_glossary_explains_each_term(term):
    glossary = (ROOT / "docs/explanation/glossary.md").read_text()
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \| .+ \|$", glossary, re.MULTILINE)
    assert dict(rows)[term]


def test_no_module_has_run_away():
    lengths = {path: len(path.read_text().splitlines()) for path in handwritten_modules()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_every_module_opens_with_what_it_is_for():
    silent = [path for path in handwritten_modules() if not path.read_text().startswith('"""')]
    assert silent == []


def test_no_folder_has_a_name_that_says_nothing():
    folders = {
        part for path in handwritten_modules() for part in path.relative_to(ROOT).parent.parts
    }
    assert folders & FORBIDDEN_NAMES == set()


def test_every_public_name_is_there_once():
    names = threadkeep.__all__  # ruff keeps it sorted
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(threadkeep, name)] == []


def test_the_version_stands_in_one_place():
    version = (SOURCE / "version.py").read_text()
    assert f'"{threadkeep.__version__}"' in version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]


def test_the_briefing_is_short():
    assert len((ROOT / "AGENTS.md").read_text().splitlines()) <= LONGEST_BRIEFING


@pytest.mark.parametrize("name", ["run", "dev"])
def test_locks_hold_hashes_and_name_no_registry(name):
    lock = (ROOT / f"requirements/{name}.lock").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert {"msgspec", "pyreqwest", "starlette"} <= set(pinned)
    assert "://" not in lock
    for entry in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", sorted(CONFORMANCE.glob("*.lock")), ids=lambda lock: lock.stem)
def test_the_locks_of_other_clients_do_so_too(lock):
    for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text().strip()):
        assert "--hash=sha256:" in entry, entry
    assert "://" not in lock.read_text()


@pytest.mark.parametrize(
    "lock",
    sorted(CONFORMANCE.glob("*/package-lock.json")),
    ids=lambda lock: lock.parent.name,
)
def test_the_locks_of_node_packages_do_so_too(lock):
    packages = json.loads(lock.read_text())["packages"]
    del packages[""]
    assert packages
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_both_locks_agree():
    def versions(name):
        lock = (ROOT / f"requirements/{name}.lock").read_text()
        return set(re.findall(r"^([a-z0-9-]+==[^ ]+)", lock, re.MULTILINE))

    assert versions("run") <= versions("dev")


def test_the_locks_hold_all_that_is_asked_for():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = settings["project"]["optional-dependencies"]
    wanted = {
        "run": [*settings["project"]["dependencies"], *extras["server"], *extras["local"]],
        "dev": [entry for entry in settings["dependency-groups"]["dev"] if isinstance(entry, str)],
    }
    for name, requirements in wanted.items():
        lock = (ROOT / f"requirements/{name}.lock").read_text()
        for requirement in requirements:
            package = re.split(r"[<>=;\[ ]", requirement)[0]
            assert f"\n{package}==" in f"\n{lock}", f"{package} is not locked; run `make lock`"
