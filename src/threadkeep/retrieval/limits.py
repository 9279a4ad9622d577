"""How much a file may say, and in how much time and memory that has to be read."""

from __future__ import annotations

from typing import Final

from threadkeep.retrieval import UnreadableFileError

MOST_TOKENS: Final = 5_000_000
"""In one file (contract §5.9), unless the settings say otherwise."""
MOST_UNPACKED_BYTES: Final = 200_000_000
"""How much is unpacked of what documents keep in compressed form; pictures do not count, they are not looked at."""
LONGEST_PART: Final = 20_000_000
"""Characters that have to be in memory together: those of a slide, of a page."""

READING_SECONDS: Final = 60.0
"""To read a file of which nothing comes; what comes of it buys it more."""
READING_MEMORY_BYTES: Final = 1024 * 1024 * 1024


def broken() -> UnreadableFileError:
    """The file is not what its name says."""
    return UnreadableFileError("invalid_file", "The file could not be parsed.")


def too_long(tokens: int = MOST_TOKENS) -> UnreadableFileError:
    """There is more in it than one file may have."""
    return invalid(f"It has more than {tokens} tokens.")


def too_much() -> UnreadableFileError:
    """It unpacks to more than anybody reads."""
    return invalid("There is too much in it to be read.")


def invalid(why: str) -> UnreadableFileError:
    """The file cannot be read, for this reason."""
    return UnreadableFileError("invalid_file", f"The file could not be parsed. {why}")
