"""Write `requirements/dev.lock` and, with the same versions, `requirements/run.lock`.

The locks hold for every platform and name no registry, so that each machine uses its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [
    "pip", "compile", "pyproject.toml", "--extra", "all",
    "--universal", "--python-version", "3.11", "--only-binary", ":all:", "--generate-hashes",
    "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-build-options",
]  # fmt: skip
DEV = ["--group", "dev", "--output-file", "requirements/dev.lock"]
RUN = ["--group", "build", "--output-file", "requirements/run.lock"]
SAME_VERSIONS = ["--constraints", "requirements/dev.lock"]


def main(options: list[str]) -> None:
    """Compile both locks; `--upgrade` takes the newest versions."""
    for target in (DEV, [*RUN, *SAME_VERSIONS]):
        command = [sys.executable, "-m", "uv", *COMPILE, *target, *options]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
