"""What callers see of a run step: less than is kept of a file search (contract §5.7). Pure.

The text that was found is shown only to those who ask for it by `include[]`; what was searched for and the number of
the search, which the model is reminded of in later turns, to nobody.
"""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.types.codec import decode, encode
from threadkeep.types.run_step import (
    FileSearchToolCall,
    RunStep,
    ToolCall,
    ToolCallsDetails,
)

_SEARCH: Final = b'"file_search"'


def step_view(step: RunStep, *, with_content: bool) -> RunStep:
    """The step as it is shown, with the text that was found or without."""
    if not isinstance(step.step_details, ToolCallsDetails):
        return step
    calls = [_call_view(call, with_content=with_content) for call in step.step_details.tool_calls]
    return msgspec.structs.replace(step, step_details=ToolCallsDetails(tool_calls=calls))


def step_view_json(step: bytes | msgspec.Raw, *, with_content: bool) -> bytes | msgspec.Raw:
    """The same of a step as JSON; what holds no file search is not looked into."""
    if _SEARCH not in bytes(step):
        return step
    return encode(step_view(decode(step, RunStep), with_content=with_content))


def _call_view(call: ToolCall, *, with_content: bool) -> ToolCall:
    if not isinstance(call, FileSearchToolCall):
        return call
    search = msgspec.structs.replace(call.file_search, queries=msgspec.UNSET, number=msgspec.UNSET)
    if search.results and not with_content:
        results = [
            msgspec.structs.replace(result, content=msgspec.UNSET) for result in search.results
        ]
        search = msgspec.structs.replace(search, results=results)
    return msgspec.structs.replace(call, file_search=search)
