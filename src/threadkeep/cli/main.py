"""The way in: runs a command, and puts whatever goes wrong into one line and an exit code."""

from __future__ import annotations

import sys
from typing import NoReturn

MISSING_EXTRA = """\
threadkeep: the commands need packages that a plain installation leaves out. Add them with

    pip install 'threadkeep[server]'
"""
PACKAGES_OF_EXTRA = {"click", "rich", "starlette", "uvicorn", "httptools", "uvloop"}


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process."""
    try:
        from threadkeep.cli.running import run

        sys.exit(run(sys.argv[1:]))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES_OF_EXTRA:
            raise
        sys.stderr.write(MISSING_EXTRA)
        sys.exit(1)
