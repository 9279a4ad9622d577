"""Why a thread takes neither a message nor a run."""

from __future__ import annotations

from typing import Final, Literal

from threadkeep.errors import MissingError, Refusal, ThreadBusyError
from threadkeep.storage.sqlite.query import load_query
from threadkeep.storage.sqlite.session import Session

_ACTIVE: Final = load_query("runs/active")


def refusal(
    session: Session, project: str, thread_id: str, wanted: Literal["message", "run"]
) -> Refusal:
    """What to raise after an insert that the thread did not take: it has an active run, or is not there."""
    active = session.row(_ACTIVE, project=project, thread_id=thread_id)
    if active is None:
        return MissingError("thread", thread_id)
    return ThreadBusyError(thread_id, active[0], wanted)
