"""The command `threadkeep`, run as users run it: a process with arguments, input, output and an exit code.

def test_it_lists(threadkeep, running_server):
    done = threadkeep("threads", "list", "--base-url", running_server.base_url)
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

PATIENCE_SECONDS = 50


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of its output."""
        return self.out.splitlines()


Threadkeep: TypeAlias = Callable[..., Done]


def plain_environ(home: Path, **more: str) -> dict[str, str]:
    """The environment of a user who has set nothing, and runs no model server."""
    kept = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    return {
        **kept,
        "HOME": str(home),
        "THREADKEEP_DETECT_MODELS": "false",
        "COLUMNS": "200",
        **more,
    }


def _is_setting(name: str) -> bool:
    return name.startswith(("THREADKEEP_", "OPENAI_", "XDG_", "NO_COLOR"))


def run_command(
    arguments: tuple[str, ...], folder: Path, environ: dict[str, str], text: str | None = None
) -> Done:
    """Run the command to its end. Its standard streams are pipes, so it sees no terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "threadkeep", *arguments],
        cwd=folder,
        env=environ,
        input=text or "",
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def threadkeep(tmp_path: Path) -> Threadkeep:
    """Runs `threadkeep` in an empty folder, with an empty home."""

    def run(*arguments: str, text: str | None = None, **environ: str) -> Done:
        return run_command(arguments, tmp_path, plain_environ(tmp_path, **environ), text)

    return run
