"""What callers see of a step with a file search."""

import json

import pytest

from threadkeep.engine.step_view import step_view, step_view_json
from threadkeep.types.codec import decode, encode
from threadkeep.types.run_step import (
    FileSearchCallRecord,
    FileSearchContent,
    FileSearchResult,
    FileSearchToolCall,
    FunctionCallRecord,
    FunctionToolCall,
    MessageCreation,
    MessageCreationDetails,
    RunStep,
    ToolCallsDetails,
)
from threadkeep.types.tool import RankingOptions

RESULT = FileSearchResult(
    file_id="file-1",
    file_name="a.txt",
    score=0.5,
    attributes={"year": 2024},
    content=[FileSearchContent(text="Tea", page=3, heading="Drinks")],
)
SEARCH = FileSearchToolCall(
    id="call_1",
    file_search=FileSearchCallRecord(
        ranking_options=RankingOptions(), results=[RESULT], queries=["tea"], number=2
    ),
)
FUNCTION = FunctionToolCall(
    id="call_2", function=FunctionCallRecord(name="file_search", arguments="{}")
)
STEP = RunStep(id="step_1", step_details=ToolCallsDetails(tool_calls=[SEARCH, FUNCTION]))
SHOWN = {"file_id": "file-1", "file_name": "a.txt", "score": 0.5, "attributes": {"year": 2024}}


@pytest.mark.parametrize("with_content", [False, True])
def test_queries_and_numbers_are_shown_to_nobody_and_texts_to_those_who_ask(with_content):
    found = {"type": "text", "text": "Tea", "page": 3, "heading": "Drinks"}
    text = {"content": [found]} if with_content else {}

    shown = json.loads(bytes(step_view_json(encode(STEP), with_content=with_content)))

    search, function = shown["step_details"]["tool_calls"]
    assert search["file_search"] == {
        "ranking_options": {"ranker": "default_2024_08_21", "score_threshold": 0.0},
        "results": [SHOWN | text],
    }
    assert function == json.loads(encode(FUNCTION))


def test_both_views_are_the_same():
    for with_content in (False, True):
        shown = step_view_json(encode(STEP), with_content=with_content)
        assert decode(shown, RunStep) == step_view(STEP, with_content=with_content)


def test_a_search_without_results_stays_as_it_is():
    call = FileSearchToolCall(id="call_1", file_search=FileSearchCallRecord(results=[]))
    step = RunStep(id="step_1", step_details=ToolCallsDetails(tool_calls=[call]))

    assert step_view(step, with_content=False) == step


def test_other_steps_are_not_touched():
    details = MessageCreationDetails(message_creation=MessageCreation(message_id="msg_1"))
    step = RunStep(id="step_1", step_details=details)
    body = encode(step)

    assert step_view(step, with_content=False) is step
    assert step_view_json(body, with_content=False) is body
