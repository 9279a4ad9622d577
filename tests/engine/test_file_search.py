"""File search in a run: what the model is told, what is kept, what is shown, and in which order."""

import asyncio
import json

import pytest

from tests.support.documents import pptx
from tests.support.nodes import PROJECT
from tests.support.scripted_model import Gate
from tests.support.search import COFFEE, TEA, Library, in_store, search
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.codec import decode
from threadkeep.types.message import Message, MessageCreate
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import (
    ThreadRunCreate,
    ToolOutput,
    ToolOutputsSubmit,
)
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import (
    FileSearchOptionsInput,
    FileSearchToolInput,
    NamedToolChoiceInput,
    RankingOptionsInput,
)
from threadkeep.types.vector_store_request import (
    ExpiresAfterInput,
    VectorStoreCreate,
    VectorStoreUpdate,
)

MARK = "【0:0†tea.txt】"


@pytest.fixture
async def library(nodes):
    return Library(nodes, await nodes.start())


def names(events):
    return [name for name, _ in events]


def told(nodes, request=-1):
    """What the model was told in a request, without the caller's own messages."""
    messages = nodes.script.requests[request].body["messages"]
    return [m for m in messages if m["role"] in {"assistant", "tool"}]


async def answer(nodes, record):
    page = await nodes.storage.messages.page(
        PROJECT, record.run.thread_id, PageQuery(limit=1), run_id=record.run.id
    )
    return decode(page.items[0], Message).content[0].text


async def test_the_events_of_a_search_come_in_the_order_of_the_contract(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea drunk"))
    nodes.script.reply("At four ", MARK, ".")

    record = await library.run(assistant=in_store(store.id))
    events = await library.events(record)

    assert names(events) == [
        "thread.run.in_progress",
        "thread.run.step.created",
        "thread.run.step.in_progress",
        "thread.run.step.delta",
        "thread.run.step.completed",
        "thread.run.step.created",
        "thread.run.step.in_progress",
        "thread.message.created",
        "thread.message.in_progress",
        "thread.message.delta",
        "thread.message.delta",
        "thread.message.delta",
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
    ]
    created, _, delta, completed = (data for _, data in events[1:5])
    assert created["step_details"] == {"type": "tool_calls", "tool_calls": []}
    (opening,) = delta["delta"]["step_details"]["tool_calls"]
    ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0}
    assert opening == {
        "index": 0,
        "id": opening["id"],
        "type": "file_search",
        "file_search": {"ranking_options": ranking, "results": []},
    }
    (call,) = completed["step_details"]["tool_calls"]
    assert (call["id"], call["type"]) == (opening["id"], "file_search")
    assert call["file_search"].keys() == {"ranking_options", "results"}
    assert call["file_search"]["ranking_options"] == ranking
    (result,) = call["file_search"]["results"]
    assert result.keys() == {"file_id", "file_name", "score", "attributes"}
    assert (result["file_name"], result["attributes"]) == ("tea.txt", {})
    assert 0 < result["score"] <= 1
    assert completed["usage"]["total_tokens"] > 0


async def test_the_text_that_was_found_is_shown_to_those_who_ask_for_it(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"))

    record = await library.run(assistant=in_store(store.id))
    events = await library.events(record, with_content=True)

    completed = next(data for name, data in events if name == "thread.run.step.completed")
    (call,) = completed["step_details"]["tool_calls"]
    assert call["file_search"]["results"][0]["content"] == [{"type": "text", "text": TEA}]
    assert "queries" not in call["file_search"]


async def test_the_model_is_told_what_was_found_and_how_to_cite_it(nodes, library):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("tea", "coffee"))

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    offered = nodes.script.requests[0].body["tools"]
    assert [tool["function"]["name"] for tool in offered] == ["file_search", "get_weather"]
    called, output = told(nodes)
    function = called["tool_calls"][0]["function"]
    assert function["name"] == "file_search"
    assert json.loads(function["arguments"]) == {"queries": ["tea", "coffee"]}
    assert f"{MARK}\n{TEA}" in output["content"] or f"【0:1†tea.txt】\n{TEA}" in output["content"]
    assert COFFEE in output["content"]


async def test_a_citation_is_one_delta_and_its_place_counts_code_points(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("hot"))
    nodes.script.reply("🎈 Heiß", " trinken ", "【0:0", "†tea.t", "xt】", "!")

    record = await library.run(assistant=in_store(store.id))
    events = await library.events(record)

    deltas = [
        data["delta"]["content"][0]["text"]
        for name, data in events
        if name == "thread.message.delta"
    ]
    cited = [delta for delta in deltas if delta.get("annotations")]
    text = "🎈 Heiß trinken " + MARK + "!"
    start = text.index("【")
    searched = next(data for name, data in events if name == "thread.run.step.completed")
    [result] = searched["step_details"]["tool_calls"][0]["file_search"]["results"]
    annotation = {
        "type": "file_citation",
        "text": MARK,
        "start_index": start,
        "end_index": start + len(MARK),
        "file_citation": {
            "file_id": result["file_id"],
            "quote": "It has to be hot.",
            "score": result["score"],
        },
    }
    assert cited == [{"value": MARK, "annotations": [{"index": 0, **annotation}]}]
    assert "".join(delta["value"] for delta in deltas) == text
    message = next(data for name, data in events if name == "thread.message.completed")
    assert message["content"][0]["text"] == {"value": text, "annotations": [annotation]}
    assert text[start : start + len(MARK)] == MARK


async def test_two_rounds_of_search_have_marks_of_their_own(nodes, library):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("tea four"))
    nodes.script.call_functions(search("nobody cold"))
    nodes.script.reply(
        "Tea 【0:0†tea.txt】, coffee 【1:0†coffee.txt】, and 【2:0†none.txt】nothing."
    )

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    assert [step.type for step in await library.steps(record)] == [
        "tool_calls",
        "tool_calls",
        "message_creation",
    ]
    text = await answer(nodes, record)
    assert text.value == "Tea 【0:0†tea.txt】, coffee 【1:0†coffee.txt】, and nothing."
    assert [each.file_citation.quote for each in text.annotations] == [
        "Tea is drunk at four.",
        "Nobody minds if it is cold.",
    ]
    assert "【1:0†coffee.txt】" in told(nodes)[-1]["content"]


async def test_several_searches_of_one_turn_share_a_step(nodes, library):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("tea four"), search("nobody cold"))
    nodes.script.reply("【0:0†tea.txt】【1:0†coffee.txt】")

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    first, _ = await library.steps(record)
    assert [call.type for call in first.step_details.tool_calls] == ["file_search"] * 2
    assert len((await answer(nodes, record)).annotations) == 2


async def test_a_turn_with_a_search_and_a_function_searches_and_then_waits(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"), ("get_weather", '{"city":"Oslo"}'))
    nodes.script.reply("Rain, and tea ", MARK)

    record = await library.run(assistant=in_store(store.id))
    events = await library.events(record)
    parked = await nodes.reach(record, "requires_action")
    (call,) = parked.run.required_action.submit_tool_outputs.tool_calls
    outputs = ToolOutputsSubmit(tool_outputs=[ToolOutput(tool_call_id=call.id, output="rain")])
    queued, step = await library.engine.runs.submit_tool_outputs(
        PROJECT, record.run.thread_id, record.run.id, outputs
    )
    await nodes.reach(queued, "completed")

    assert names(events)[-1] == "thread.run.requires_action"
    assert "thread.run.step.completed" not in names(events)
    found, function = step.step_details.tool_calls
    assert found.file_search.results[0].file_name == "tea.txt"
    assert function.function.output == "rain"
    called, *tool_outputs = told(nodes)
    assert [each["function"]["name"] for each in called["tool_calls"]] == [
        "file_search",
        "get_weather",
    ]
    assert TEA in tool_outputs[0]["content"]
    assert tool_outputs[1]["content"] == "rain"
    assert len((await answer(nodes, record)).annotations) == 1


async def test_a_run_that_was_taken_over_searches_again_and_keeps_its_marks(nodes, library):
    store = await library.store(tea=TEA)
    gate = Gate()
    nodes.script.call_functions(search("tea"))
    nodes.script.reply("Lost", gate)
    nodes.script.reply("At four ", MARK)
    zombie = await nodes.start()
    record = await Library(nodes, zombie).run(assistant=in_store(store.id))
    await gate.reached()

    for node in nodes.started:
        node.storage.is_cut_off = True
    await nodes.start()
    await nodes.reach(record, "completed", epoch=2)
    gate.open()

    steps = await library.steps(record)
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    assert len((await answer(nodes, record)).annotations) == 1
    assert TEA in told(nodes)[-1]["content"]


async def test_the_assistants_and_the_threads_vector_stores_are_both_searched(nodes, library):
    tea, coffee = await library.store(tea=TEA), await library.store(coffee=COFFEE)
    nodes.script.call_functions(search("drunk"))

    record = await library.run(assistant=in_store(tea.id), thread=in_store(coffee.id))
    await nodes.reach(record, "completed")

    assert TEA in told(nodes)[-1]["content"]
    assert COFFEE in told(nodes)[-1]["content"]


async def test_what_both_vector_stores_hold_is_told_once(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"))

    record = await library.run(assistant=in_store(store.id), thread=in_store(store.id))
    await nodes.reach(record, "completed")

    assert told(nodes)[-1]["content"].count(TEA) == 1


async def test_the_resources_of_a_run_take_the_place_of_its_assistants(nodes, library):
    tea, coffee = await library.store(tea=TEA), await library.store(coffee=COFFEE)
    assistant = await library.engine.assistants.create(
        PROJECT,
        AssistantCreate(
            model="scripted-model", tools=[FileSearchToolInput()], tool_resources=in_store(tea.id)
        ),
    )
    nodes.script.call_functions(search("drunk"))

    body = ThreadRunCreate(
        assistant_id=assistant.id,
        thread=ThreadCreate(messages=[MessageCreate(role="user", content="Hello?")]),
        tool_resources=in_store(coffee.id),
    )
    _, record = await library.engine.runs.create_with_thread(PROJECT, body)
    done = await nodes.reach(record, "completed")

    assert done.run.tool_resources.file_search.vector_store_ids == [coffee.id]
    assert COFFEE in told(nodes)[-1]["content"]
    assert TEA not in told(nodes)[-1]["content"]


async def test_a_search_that_finds_nothing_says_so(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("submarines"))

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    assert told(nodes)[-1]["content"] == "Nothing was found in the files."
    step, _ = await library.steps(record)
    assert step.step_details.tool_calls[0].file_search.results == []


@pytest.mark.parametrize(
    "arguments",
    ["tea", '"tea"', '["tea"]', '{"queries": "tea"}', '{"query": "tea"}', '{"q": "tea", "n": 3}'],
)
async def test_arguments_in_a_form_of_the_models_own_are_understood(nodes, library, arguments):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(("file_search", arguments))

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    assert json.loads(told(nodes)[0]["tool_calls"][0]["function"]["arguments"]) == {
        "queries": ["tea"]
    }
    assert TEA in told(nodes)[-1]["content"]


@pytest.mark.parametrize(
    "arguments", ["", "{}", "null", "7", '{"queries": []}', '{"queries": [1]}']
)
async def test_arguments_that_ask_for_nothing_find_nothing(nodes, library, arguments):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(("file_search", arguments))

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    assert told(nodes)[-1]["content"] == "Nothing was found in the files."


async def test_no_more_results_are_given_than_asked_for_and_none_below_the_threshold(
    nodes, library
):
    store = await library.store(**{f"tea{n}": f"Tea number {n} is hot." for n in range(5)})
    strict = FileSearchOptionsInput(ranking_options=RankingOptionsInput(score_threshold=1.0))
    nodes.script.call_functions(search("tea"))
    nodes.script.reply("Two.")
    nodes.script.call_functions(search("tea", "hot submarines"))

    two = await library.run(
        assistant=in_store(store.id), search=FileSearchOptionsInput(max_num_results=2)
    )
    await nodes.reach(two, "completed")
    none = await library.run(assistant=in_store(store.id), search=strict)
    await nodes.reach(none, "completed")

    found = [(await library.steps(run))[0].step_details.tool_calls[0] for run in (two, none)]
    assert len(found[0].file_search.results) == 2
    assert all(result.score == 1.0 for result in found[1].file_search.results)
    assert found[1].file_search.ranking_options.score_threshold == 1.0


async def test_results_leave_room_in_the_prompt(nodes, library):
    store = await library.store(**{f"tea{n}": "Tea is hot. " * 250 for n in range(5)})
    nodes.script.call_functions(search("tea"))

    record = await library.run(assistant=in_store(store.id), max_prompt_tokens=2000)
    await nodes.reach(record, "completed", "incomplete")

    step, *_ = await library.steps(record)
    (call,) = step.step_details.tool_calls
    assert len(call.file_search.results) == 1


async def test_a_search_that_uses_up_the_budget_ends_the_run_and_counts_once(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"), usage=(20, 9))

    record = await library.run(assistant=in_store(store.id), max_completion_tokens=9)
    done = (await nodes.reach(record, "incomplete")).run

    assert done.incomplete_details.reason == "max_completion_tokens"
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (20, 9)


async def test_a_forced_search_is_made_once(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"))

    record = await library.run(
        assistant=in_store(store.id), tool_choice=NamedToolChoiceInput(type="file_search")
    )
    await nodes.reach(record, "completed")

    choices = [request.body.get("tool_choice") for request in nodes.script.requests]
    assert choices[0] == {"type": "function", "function": {"name": "file_search"}}
    assert choices[1] in {None, "auto"}


async def test_an_expired_vector_store_fails_the_run_with_words_that_say_so(nodes, library):
    store = await library.store(tea=TEA)
    body = VectorStoreUpdate(expires_after=ExpiresAfterInput(anchor="last_active_at", days=1))
    await library.engine.vector_stores.update(PROJECT, store.id, body)
    nodes.clock.advance(2 * 86_400)

    record = await library.run(thread=in_store(store.id))
    events = await library.events(record)

    failed = await nodes.reach(record, "failed")
    assert failed.run.last_error.code == "server_error"
    assert failed.run.last_error.message == f"Vector store '{store.id}' has expired."
    assert names(events) == ["thread.run.in_progress", "thread.run.failed"]


async def test_a_run_puts_off_the_expiry_of_its_vector_stores(nodes, library):
    body = VectorStoreCreate(expires_after=ExpiresAfterInput(anchor="last_active_at", days=1))
    store = await library.engine.vector_stores.create(PROJECT, body)
    nodes.clock.advance(1000)
    before = await library.find(store.id)

    await nodes.reach(await library.run(assistant=in_store(store.id)), "completed")

    after = await library.find(store.id)
    assert after.last_active_at > before.last_active_at
    assert after.expires_at == after.last_active_at + 86_400


async def test_a_run_waits_for_the_files_of_its_thread(nodes, library):
    nodes.contents.hold()
    file = await library.upload("tea.txt", TEA)
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )
    nodes.script.call_functions(search("tea"))

    record = await library.run(thread=in_store(store.id))
    await nodes.reach(record, "in_progress")
    await nodes.contents.held()
    assert nodes.script.requests == []
    nodes.contents.let_go()
    await nodes.reach(record, "completed")

    assert TEA in told(nodes)[-1]["content"]


async def test_a_run_does_not_wait_for_ever(nodes):
    nodes.wait_seconds = 0.2
    library = Library(nodes, await nodes.start())
    nodes.contents.hold()
    file = await library.upload("tea.txt", TEA)
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )
    nodes.script.call_functions(search("tea"))

    await nodes.reach(await library.run(thread=in_store(store.id)), "completed")

    assert told(nodes)[-1]["content"] == "Nothing was found in the files."
    nodes.contents.let_go()


async def test_a_later_run_is_told_of_an_earlier_search(nodes, library):
    store = await library.store(tea=TEA)
    nodes.script.call_functions(search("tea"))
    nodes.script.reply("At four ", MARK)
    first = await library.run(assistant=in_store(store.id))
    await nodes.reach(first, "completed")

    second = await library.ask_again(first, "And how?")
    await nodes.reach(second, "completed")

    assert [message["role"] for message in told(nodes)] == ["assistant", "tool", "assistant"]
    assert TEA in told(nodes)[1]["content"]


async def test_a_later_run_may_cite_what_an_earlier_one_found(nodes, library):
    store = await library.store(tea=TEA, coffee=COFFEE)
    nodes.script.call_functions(search("tea four"))
    nodes.script.reply("At four ", MARK)
    nodes.script.call_functions(search("nobody cold"))
    nodes.script.reply("Cold 【1:0†coffee.txt】, as said ", MARK, ", and 【0:9†tea.txt】no more.")
    first = await library.run(assistant=in_store(store.id))
    await nodes.reach(first, "completed")

    second = await library.ask_again(first, "And coffee?")
    await nodes.reach(second, "completed")

    text = await answer(nodes, second)
    assert text.value == f"Cold 【1:0†coffee.txt】, as said {MARK}, and no more."
    assert [each.file_citation.quote for each in text.annotations] == [
        "Nobody minds if it is cold.",
        "Tea is drunk at four.",
    ]
    outputs = [each["content"] for each in told(nodes) if each["role"] == "tool"]
    assert [MARK in output for output in outputs] == [True, False]
    assert "【1:0†coffee.txt】" in outputs[1]


async def test_the_model_is_told_on_which_page_and_under_which_heading_a_passage_stands(
    nodes, library
):
    slides = pptx(
        "Tea is drunk at four. " * 60, "Coffee is drunk all day. " * 60, titles={2: "Day"}
    )
    file = await library.upload("drinks.pptx", slides)
    body = VectorStoreCreate(file_ids=[file.id])
    store = await library.read(await library.engine.vector_stores.create(PROJECT, body))
    nodes.script.call_functions(search("coffee day"))
    nodes.script.reply("All day ", "【0:0】", ".")

    record = await library.run(assistant=in_store(store.id))
    await nodes.reach(record, "completed")

    assert "【0:0†drinks.pptx】\n(page 2, Day)\nDay" in told(nodes)[-1]["content"]
    [cited] = (await answer(nodes, record)).annotations
    assert cited.text == "【0:0†drinks.pptx】"
    assert (cited.file_citation.page, cited.file_citation.quote) == (2, "Coffee is drunk all day.")


async def test_an_answer_that_is_nothing_but_an_invented_mark_is_an_empty_text(nodes, library):
    nodes.script.reply("【0:0†dream.txt】")

    record = await library.run()
    events = await library.events(record)

    assert names(events)[-4:] == [
        "thread.message.delta",
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
    ]
    text = await answer(nodes, record)
    assert (text.value, text.annotations) == ("", [])


async def test_a_run_that_is_cancelled_while_it_waits_ends(nodes, library):
    nodes.contents.hold()
    file = await library.upload("tea.txt", TEA)
    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )
    record = await library.run(thread=in_store(store.id))
    await nodes.reach(record, "in_progress")

    await library.engine.runs.cancel(PROJECT, record.run.thread_id, record.run.id)

    await nodes.reach(record, "cancelled")
    nodes.contents.let_go()
    await library.read(store)
    await asyncio.sleep(0)
    assert nodes.script.requests == []
