"""/threads/{thread_id}/runs/{run_id}/steps."""

from __future__ import annotations

from functools import partial
from typing import Final

from threadkeep.engine.step_view import step_view_json
from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.server.pages import View, answer_page


async def list_(call: Call) -> bytes:
    """A page of the run's steps."""
    view = _view(call)
    query = call.page_query()
    page = call.storage.run_steps.page(
        call.project, call.ids["thread_id"], call.ids["run_id"], query
    )
    return await answer_page(call, query, page, view)


async def retrieve(call: Call) -> bytes:
    """A run step."""
    view = _view(call)
    step_id = call.ids["step_id"]
    record = await call.storage.run_steps.find(
        call.project, call.ids["thread_id"], call.ids["run_id"], step_id
    )
    if record is None:
        raise MissingError("run step", step_id)
    return bytes(view(record.body))


def _view(call: Call) -> View:
    return partial(step_view_json, with_content=call.includes_search_content)


ROUTES: Final[dict[str, Handlers]] = {
    "/threads/{thread_id}/runs/{run_id}/steps": {"GET": list_},
    "/threads/{thread_id}/runs/{run_id}/steps/{step_id}": {"GET": retrieve},
}
