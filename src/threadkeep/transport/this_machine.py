"""Which URLs lead to this machine: those are always reached directly, since no proxy elsewhere could."""

from __future__ import annotations

import re
from typing import Final

THIS_MACHINE: Final = re.compile(
    r"https?://(?:[^/@]*@)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?:[/?#]|$)",
    re.IGNORECASE,
)
