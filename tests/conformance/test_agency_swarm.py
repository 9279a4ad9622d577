"""Agency Swarm, the last of its versions that drives assistants, unmodified: two of them, on two threads."""

from __future__ import annotations

import pytest

from tests.conformance import expected
from tests.support.client_runs import ClientRun, check_record, python_client, run_client

pytestmark = pytest.mark.timeout(600)  # its environment may have to be made first

CLIENT = python_client("agency-swarm", "Agency Swarm", "agency_swarm_agency.py", "agency-swarm")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ClientRun:
    return run_client(CLIENT, tmp_path_factory.mktemp(CLIENT.name))


def test_one_assistant_asks_another_while_its_own_run_waits(run: ClientRun):
    assert run.saw["answer"] == "In short: In short: rain, sun.."
    assert run.saw["second"] == "You said: Thank you."
    assert run.saw["said"] == [
        ["User", "Chief", "text", "How is it in Oslo?"],
        ["Chief", "Reporter", "text", "How is it in Oslo?"],
        ["Reporter", "Chief", "text", "In short: rain."],
        ["Chief", "User", "text", "In short: In short: rain.."],
    ]


def test_assistants_are_found_again_by_their_settings(run: ClientRun):
    assert run.saw["same assistants"] is True
    assert run.saw["left over"] == 0


def test_both_runs_are_streamed_to_the_same_class_of_handler(run: ClientRun):
    assert run.saw["streamed"] == "In short: In short: sun.."
    assert run.saw["text"] == "Let me look.Let me look.In short: sun.In short: In short: sun.."
    heard = run.saw["heard"]
    assert heard["call of SendMessage"] == heard["call of GetWeather"] == 1
    assert heard["thread.run.created"] == heard["thread.run.requires_action"] == 2
    assert heard["thread.run.in_progress"] == 4
    assert heard["thread.message.completed"] == 4
    assert heard["all streams ended"] == 1


def test_a_folder_of_files_is_uploaded_and_searched(run: ClientRun):
    assert run.saw["files"] == [expected.FOUND, True]
    assert run.saw["files left over"] == 0


def test_nothing_was_refused(run: ClientRun):
    assert {seen.status for seen in run.seen} == {200}


def test_it_is_recorded_for_the_compatibility_page(run: ClientRun):
    check_record(run)
