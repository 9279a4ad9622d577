"""LangChain's OpenAIAssistantRunnable, unmodified, alone and under its agent executor."""

from __future__ import annotations

import pytest

from tests.conformance import expected
from tests.support.client_runs import ClientRun, check_record, python_client, run_client

pytestmark = pytest.mark.timeout(600)  # its environment may have to be made first

CLIENT = python_client(
    "langchain",
    "LangChain's OpenAIAssistantRunnable",
    "langchain_runnable.py",
    "langchain",
    notes=(
        "It waits while a run is `queued` or `in_progress`: one that is cancelled elsewhere raises ValueError.",
        "`async_client` has to be given beside `client`: the one that it makes itself goes to the hosted service.",
    ),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ClientRun:
    return run_client(CLIENT, tmp_path_factory.mktemp(CLIENT.name))


def test_the_agent_executor_calls_the_tools(run: ClientRun):
    assert run.saw["executor"] == {
        "first": "Let me look.\nIn short: rain, sun.",
        "second": "You said: Thank you.",
    }


def test_the_caller_may_call_them(run: ClientRun):
    assert run.saw["by hand"] == {
        "calls": [["get_weather", '{"city": "Oslo"}'], ["get_weather", '{"city": "Rome"}']],
        "answers": ["Let me look.", "In short: rain, sun."],
    }


def test_the_answer_is_found_on_the_third_page(run: ClientRun):
    assert run.saw["third page"] == "You said: Well?"


def test_the_asynchronous_half(run: ClientRun):
    assert run.saw["async"] == ["get_weather", "Let me look.\nIn short: rain."]


def test_a_file_that_a_message_brings_is_searched(run: ClientRun):
    assert run.saw["attachment"] == [expected.FOUND, []]


def test_a_run_that_fails(run: ClientRun):
    assert run.saw["failing"] == "Unexpected run status: failed."


def test_nothing_was_refused(run: ClientRun):
    assert {seen.status for seen in run.seen} == {200}


def test_it_is_recorded_for_the_compatibility_page(run: ClientRun):
    check_record(run)
