"""Steps and messages that runs began and nobody will end."""

from __future__ import annotations

from collections.abc import Sequence

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.messages import delete_open_messages
from threadkeep.storage.postgres.run_steps import delete_open_steps
from threadkeep.storage.postgres.session import Parameters, Session


async def delete_open_parts(session: Session, records: Sequence[RunRecord]) -> None:
    """Remove those of these runs."""
    rows: list[Parameters] = [
        {"project": record.project, "thread_id": record.run.thread_id, "run_id": record.run.id}
        for record in records
    ]
    await delete_open_steps(session, rows)
    await delete_open_messages(session, rows)
