"""The calls on run steps."""

from __future__ import annotations

from threadkeep.types.run_step import RunStep
from threadkeep.wire.operation import ListOperation, Operation, Query, path


def list(thread_id: str, run_id: str, query: Query) -> ListOperation[RunStep]:
    """GET /threads/{thread_id}/runs/{run_id}/steps."""
    steps = path("/threads/{thread_id}/runs/{run_id}/steps", thread_id=thread_id, run_id=run_id)
    return ListOperation(path=steps, item=RunStep, query=query)


def retrieve(thread_id: str, run_id: str, step_id: str, query: Query) -> Operation[RunStep]:
    """GET /threads/{thread_id}/runs/{run_id}/steps/{step_id}."""
    step = path(
        "/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
        thread_id=thread_id,
        run_id=run_id,
        step_id=step_id,
    )
    return Operation(method="GET", path=step, result=RunStep, query=query)
