"""Another Python, for what can only be seen from outside: exits, forks, what is imported."""

from __future__ import annotations

import subprocess
import sys


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run the code to its end."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=30
    )
