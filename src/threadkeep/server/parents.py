"""Parents: the thread and the run in a path must exist for anything below them to be missing."""

from __future__ import annotations

from threadkeep.errors import MissingError
from threadkeep.server.call import Call


async def check_parents(call: Call) -> None:
    """Raise `MissingError` for the outermost object in the path that does not exist.

    Costs reads, so it is asked only once something is missing: whatever is found proves its parents.
    """
    thread_id, run_id = call.ids.get("thread_id"), call.ids.get("run_id")
    if thread_id is None:
        return
    if await call.storage.threads.find(call.project, thread_id) is None:
        raise MissingError("thread", thread_id)
    if run_id is not None and await call.storage.runs.find(call.project, thread_id, run_id) is None:
        raise MissingError("run", run_id)
