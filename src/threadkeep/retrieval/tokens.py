"""How many tokens a text has: an estimate, the same for every model, from its bytes in UTF-8.

English has about four bytes to a token, code and most other scripts about three, so that for those a model would count
up to a third more. It adds up: a text has as many as its parts.
"""

from __future__ import annotations

from typing import Final

BYTES_PER_TOKEN: Final = 4


def token_count(text: str) -> int:
    """About how many tokens."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def cut_to(text: str, tokens: int) -> str:
    """The beginning of a text that has at most so many tokens."""
    return text.encode()[: tokens * BYTES_PER_TOKEN].decode(errors="ignore")
