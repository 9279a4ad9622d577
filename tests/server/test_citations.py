"""How an answer cites, in each style of marks: its text, its annotations, and the deltas that told of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.conversation import new_assistant, new_thread
from tests.support.documents import pptx
from tests.support.http import Http
from tests.support.running_server import StartServer
from tests.support.scripted_model import ScriptedModel
from tests.support.searching import new_store
from tests.support.uploads import upload

TEXT = "My favourite food is pizza."


def searching_assistant(http: Http, **fields: Any) -> str:
    """One that searches a presentation of one slide."""
    store = new_store(http, upload(http, pptx(TEXT), "talk.pptx")["id"])
    resources = {"file_search": {"vector_store_ids": [store]}}
    tools = [{"type": "file_search"}]
    return new_assistant(http, tools=tools, tool_resources=resources, **fields)


def answered(http: Http, model: ScriptedModel, assistant: str, *pieces: str) -> tuple[Any, Any]:
    """The text of an answer that the model gives after a search, and the texts of its deltas."""
    model.call_functions(("file_search", '{"queries":["favourite food"]}'))
    model.reply(*pieces)
    thread = new_thread(http, "What do I like?")
    events = http.events(f"/threads/{thread}/runs", {"assistant_id": assistant})
    [message] = [event.data for event in events if event.name == "thread.message.completed"]
    deltas = [event.data["delta"] for event in events if event.name == "thread.message.delta"]
    return message["content"][0]["text"], [delta["content"][0]["text"] for delta in deltas]


@pytest.mark.parametrize(
    ("marks", "value", "mark"),
    [
        ("hosted", "It is 【0:0†talk.pptx】, it is 【0:0†talk.pptx】.", "【0:0†talk.pptx】"),
        ("footnotes", "It is [1], it is [1].\n\n[1] talk.pptx, p. 1", "[1]"),
        ("none", "It is , it is .", ""),
    ],
)
def test_marks_are_written_as_the_settings_say(
    start_server: StartServer, scripted_model: ScriptedModel, marks: str, value: str, mark: str
):
    http = start_server(marks=marks).http
    said = ("It is 【0:0", "】, it is ", "【 0:0†talk】.", "【1:0†dream.txt】")

    text, deltas = answered(http, scripted_model, searching_assistant(http), *said)

    assert text["value"] == value
    assert [annotation["text"] for annotation in text["annotations"]] == [mark, mark]
    for annotation in text["annotations"]:
        assert value[annotation["start_index"] : annotation["end_index"]] == mark
        cited = annotation["file_citation"]
        assert cited.keys() == {"file_id", "quote", "page", "score"}
        assert (cited["quote"], cited["page"]) == (TEXT, 1)
    assert "".join(delta["value"] for delta in deltas) == value
    told = [annotation for delta in deltas for annotation in delta.get("annotations", [])]
    assert told == [{"index": n, **each} for n, each in enumerate(text["annotations"])]


def test_an_answer_in_json_has_no_list_of_footnotes(
    start_server: StartServer, scripted_model: ScriptedModel
):
    http = start_server(marks="footnotes").http
    assistant = searching_assistant(http, response_format={"type": "json_object"})

    text, _ = answered(http, scripted_model, assistant, '{"food": "pizza 【0:0†talk.pptx】"}')

    assert text["value"] == '{"food": "pizza [1]"}'
