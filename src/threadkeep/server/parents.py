"""Parents: what stands further out in a path must exist for anything below it to be missing."""

from __future__ import annotations

from threadkeep.errors import MissingError
from threadkeep.server.call import Call


async def check_parents(call: Call) -> None:
    """Raise `MissingError` for the outermost object in the path that does not exist.

    Costs reads, so it is asked only once something is missing: whatever is found proves its parents.
    """
    if thread_id := call.ids.get("thread_id"):
        await _check_thread(call, thread_id, call.ids.get("run_id"))
    if vector_store_id := call.ids.get("vector_store_id"):
        await _check_vector_store(call, vector_store_id, call.ids.get("batch_id"))


async def _check_thread(call: Call, thread_id: str, run_id: str | None) -> None:
    if await call.storage.threads.find(call.project, thread_id) is None:
        raise MissingError("thread", thread_id)
    if run_id and await call.storage.runs.find(call.project, thread_id, run_id) is None:
        raise MissingError("run", run_id)


async def _check_vector_store(call: Call, vector_store_id: str, batch_id: str | None) -> None:
    if await call.storage.vector_stores.find(call.project, vector_store_id) is None:
        raise MissingError("vector store", vector_store_id)
    batches = call.storage.file_batches
    if batch_id and await batches.find(call.project, vector_store_id, batch_id) is None:
        raise MissingError("file batch", batch_id)
