"""What a file may be called where its bytes are kept."""

from __future__ import annotations

import re
from typing import Final

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def require_id(file_id: str) -> None:
    """Raise `ValueError` for what is no id."""
    if not _ID.fullmatch(file_id):
        raise ValueError(f"{file_id!r} is no id")
