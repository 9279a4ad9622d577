"""/threads/{thread_id}/runs/{run_id}/steps."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import answer_page


async def list_(call: Call) -> bytes:
    """A page of the run's steps."""
    call.check_include()
    query = call.page_query()
    page = call.storage.run_steps.page(
        call.project, call.ids["thread_id"], call.ids["run_id"], query
    )
    return await answer_page(call, query, page)


async def retrieve(call: Call) -> bytes:
    """A run step."""
    call.check_include()
    step_id = call.ids["step_id"]
    record = await call.storage.run_steps.find(
        call.project, call.ids["thread_id"], call.ids["run_id"], step_id
    )
    if record is None:
        raise MissingError("run step", step_id)
    return record.body


ROUTES: Final[dict[str, Handlers]] = {
    "/threads/{thread_id}/runs/{run_id}/steps": {"GET": list_},
    "/threads/{thread_id}/runs/{run_id}/steps/{step_id}": {"GET": retrieve},
}
