"""`threadkeep` on a machine whose clock is wrong: by as many seconds as stand in the file named first.

python tests/chaos/shifting_clock.py SECONDS_FILE serve --port 0
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from threadkeep.cli.main import main
from threadkeep.types.clock import SystemClock


def set_clock(seconds_file: Path, seconds: float) -> None:
    """From now on the clock is wrong by so much."""
    new = seconds_file.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(seconds_file)


def shift(seconds_file: Path) -> None:
    """Make the machine's clock, as the program reads it, go wrong."""

    def now(_: SystemClock) -> float:
        return time.time() + float(seconds_file.read_text())

    SystemClock.now = now


if __name__ == "__main__":
    shift(Path(sys.argv.pop(1)))
    main()
