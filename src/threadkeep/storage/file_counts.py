"""How many files are in which status, from the counters of a row."""

from __future__ import annotations

from threadkeep.types.vector_store import FileCounts


def file_counts(in_progress: int, completed: int, failed: int, cancelled: int) -> FileCounts:
    """The counts with their total."""
    return FileCounts(
        in_progress=in_progress,
        completed=completed,
        failed=failed,
        cancelled=cancelled,
        total=in_progress + completed + failed + cancelled,
    )
