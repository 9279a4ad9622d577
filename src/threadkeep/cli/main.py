"""The way in: runs a command, and puts whatever goes wrong into one line and an exit code."""

from __future__ import annotations

import sys
from typing import NoReturn

MISSING_PACKAGE = """\
threadkeep: {} is missing, which the commands need. A plain installation leaves it out; add it with

    pip install 'threadkeep[server]'
"""


def main() -> NoReturn:
    """Run the command that the arguments name, and end the process."""
    try:
        from threadkeep.cli.running import run

        sys.exit(run(sys.argv[1:]))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "threadkeep"):
            raise
        sys.stderr.write(MISSING_PACKAGE.format(package))
        sys.exit(1)
