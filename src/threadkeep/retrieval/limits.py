"""How much a file may say, and in how much time and memory that has to be read."""

from __future__ import annotations

from typing import Final

from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.tokens import BYTES_PER_TOKEN

MOST_TOKENS: Final = 5_000_000
"""In one file (contract §5.9)."""
LONGEST_TEXT_BYTES: Final = MOST_TOKENS * BYTES_PER_TOKEN
LARGEST_SOURCE_BYTES: Final = 4 * LONGEST_TEXT_BYTES
"""How many bytes are read to find that much text: in UTF-16, and with markup, there are more than it says."""

READING_SECONDS: Final = 60.0
READING_MEMORY_BYTES: Final = 1024 * 1024 * 1024


def broken() -> UnreadableFileError:
    """The file is not what its name says."""
    return UnreadableFileError("invalid_file", "The file could not be parsed.")


def too_long() -> UnreadableFileError:
    """There is more in it than one file may have."""
    return invalid(f"It has more than {MOST_TOKENS} tokens.")


def invalid(why: str) -> UnreadableFileError:
    """The file cannot be read, for this reason."""
    return UnreadableFileError("invalid_file", f"The file could not be parsed. {why}")
