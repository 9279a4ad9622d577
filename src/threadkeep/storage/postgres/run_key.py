"""What a run is found by."""

from __future__ import annotations

from typing import TypeAlias

from threadkeep.storage import RunRecord

RunKey: TypeAlias = tuple[str, str, str]
"""A project, the id of a thread in it, and the id of a run on that."""


def key_of(record: RunRecord) -> RunKey:
    """What the run is found by."""
    return record.project, record.run.thread_id, record.run.id
