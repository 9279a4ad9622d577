"""Spans, as OpenTelemetry's SDK hands them to an exporter, of real requests and runs."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.trace import SpanKind, StatusCode

from tests.support.conversation import WEATHER, finish, new_assistant, new_run, new_thread, reach
from tests.support.http import Http
from tests.support.running_server import RunningServer
from tests.support.scripted_model import DROP, ScriptedModel
from tests.support.searching import new_store_of
from tests.support.traces import Traces

TRACE = 0x4BF92F3577B34DA6A3CE929D0E0E4736
CALLER = f"00-{TRACE:032x}-00f067aa0ba902b7-01"
CONVENTIONS = {
    value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")
}


@pytest.fixture
def http(traces: Traces, running_server: RunningServer) -> Http:
    return running_server.http


def is_below(child: ReadableSpan, parent: ReadableSpan) -> bool:
    return child.parent is not None and child.parent.span_id == parent.context.span_id


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_run_belongs_to_the_trace_of_the_request_that_began_it(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    assistant, thread = new_assistant(http, temperature=0.5), new_thread(http, "I am Ada.")
    traces.spans.clear()
    caller = Http(http.base_url, headers={"traceparent": CALLER})
    run = finish(http, new_run(caller, thread, assistant, max_completion_tokens=512))

    work = traces.wait_for("invoke_agent ")
    request = traces.wait_for("POST /threads/{thread_id}/runs")
    chat = traces.wait_for("chat ")

    assert {span.context.trace_id for span in (request, work, chat)} == {TRACE}
    assert (is_below(work, request), is_below(chat, work)) == (True, True)
    assert (request.kind, work.kind, chat.kind) == (
        SpanKind.SERVER,
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
    )
    assert request.instrumentation_scope.name == "threadkeep"
    told = attributes(request)
    assert (told["http.route"], told["http.response.status_code"]) == (
        "/threads/{thread_id}/runs",
        200,
    )
    assert told["gen_ai.conversation.id"] == thread
    told = attributes(work)
    assert work.name == f"invoke_agent {assistant}"
    assert told["gen_ai.operation.name"] == "invoke_agent"
    assert (told["gen_ai.agent.id"], told["gen_ai.conversation.id"]) == (assistant, thread)
    assert (told["threadkeep.run.id"], told["threadkeep.run.status"]) == (run["id"], "completed")
    assert told["gen_ai.usage.input_tokens"] == run["usage"]["prompt_tokens"]
    told = attributes(chat)
    assert chat.name == "chat scripted-model"
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.request.model"] == "scripted-model"
    assert (told["gen_ai.request.temperature"], told["gen_ai.request.max_tokens"]) == (0.5, 512)
    assert told["gen_ai.usage.output_tokens"] == run["usage"]["completion_tokens"]
    assert told["gen_ai.response.finish_reasons"] == ("stop",)


def test_names_are_those_of_the_conventions_and_nothing_that_was_said_is_told(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    scripted_model.reply("A secret reply.")
    assistant = new_assistant(http, instructions="A secret instruction.", name="Secret name")
    finish(http, new_run(http, new_thread(http, "A secret question."), assistant))
    traces.wait_for("invoke_agent ")

    names = {name for span in traces.spans for name in attributes(span)}
    assert {name for name in names if name.startswith("gen_ai.")} <= CONVENTIONS
    told = str([(span.name, attributes(span), span.events, span.status) for span in traces.spans])
    assert "ecret" not in told


def test_a_run_that_goes_on_belongs_to_the_request_that_let_it(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("get_weather", "{}"))
    assistant = new_assistant(http, tools=[WEATHER])
    run = reach(http, new_run(http, new_thread(http, "Hi"), assistant), "requires_action")
    traces.wait_for("invoke_agent ")
    traces.spans.clear()
    call = run["required_action"]["submit_tool_outputs"]["tool_calls"][0]
    caller = Http(http.base_url, headers={"traceparent": CALLER})
    outputs = {"tool_outputs": [{"tool_call_id": call["id"], "output": "Rain"}]}
    caller.ok("POST", f"/threads/{run['thread_id']}/runs/{run['id']}/submit_tool_outputs", outputs)
    finish(http, run)

    work = traces.wait_for("invoke_agent ")
    assert work.context.trace_id == TRACE


def test_a_tool_of_the_server_and_the_reading_of_a_file_have_spans(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    store = new_store_of(http, wolves_txt="Wolves howl at night.")
    scripted_model.call_functions(("file_search", '{"queries":["a secret wish"]}'))
    scripted_model.reply("They howl.")
    resources = {"file_search": {"vector_store_ids": [store]}}
    assistant = new_assistant(http, tools=[{"type": "file_search"}], tool_resources=resources)
    finish(http, new_run(http, new_thread(http, "Wolves?"), assistant))

    work = traces.wait_for("invoke_agent ")
    tool = traces.wait_for("execute_tool file_search")
    reading = traces.wait_for("ingest")

    assert is_below(tool, work)
    assert attributes(tool)["gen_ai.tool.name"] == "file_search"
    assert attributes(tool)["gen_ai.operation.name"] == "execute_tool"
    assert reading.parent is None
    assert attributes(reading)["threadkeep.vector_store.id"] == store
    assert attributes(reading)["threadkeep.file.chunks"] == 1
    told = str([(span.name, attributes(span)) for span in traces.spans])
    assert "wolves.txt" not in told
    assert "secret wish" not in told


def test_what_goes_wrong_is_marked_by_its_kind(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    scripted_model.reply(DROP)
    finish(http, new_run(http, new_thread(http, "Hi"), new_assistant(http)))
    http.get("/threads/nobody_has_this")

    chat, work = traces.wait_for("chat "), traces.wait_for("invoke_agent ")
    missing = traces.wait_for("GET /threads/{thread_id}")

    assert {span.status.status_code for span in (chat, work)} == {StatusCode.ERROR}
    assert {span.status.description for span in (chat, work)} == {None}
    assert attributes(work)["error.type"] == "server_error"
    assert attributes(chat)["error.type"].startswith("ChatModel")
    assert (
        missing.status.status_code == StatusCode.UNSET
    )  # who asks for what is not there is not our fault


def test_a_stream_is_one_request_until_its_end(
    traces: Traces, http: Http, scripted_model: ScriptedModel
):
    body = {"assistant_id": new_assistant(http), "stream": True}
    http.send("POST", f"/threads/{new_thread(http, 'Hi')}/runs", body)

    request = traces.wait_for("POST /threads/{thread_id}/runs")
    work = traces.wait_for("invoke_agent ")
    assert is_below(work, request)
    assert request.end_time is not None
    assert work.start_time is not None
    assert request.end_time > work.start_time
