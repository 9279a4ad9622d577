"""Masking: addresses as they may be shown. What is secret in them, or may be, is left out."""

from __future__ import annotations

import re
from typing import Final

_LOGIN: Final = re.compile(r"(?<=://)(?:(?!,\w+://)[^?#\s])*@")
"""Up to the last `@`: a password that should have been escaped may hold slashes."""
_PASSWORD: Final = re.compile(r"(?i)(password=)[^&\s]+")


def without_login(address: str) -> str:
    """`address`, one or several with commas, without the names and passwords that may be in it."""
    return _PASSWORD.sub(r"\1***", _LOGIN.sub("***@", address))
