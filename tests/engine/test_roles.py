"""Nodes that only answer, nodes that only work, and nodes that leave while they have something to do."""

import asyncio

import msgspec
import pytest

from tests.support.nodes import GROUNDS, PROJECT, SETTINGS
from tests.support.scripted_model import Gate
from tests.support.search import TEA, Library
from tests.support.watcher import Watcher
from threadkeep.types.codec import decode
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import RunCreate, ToolOutput, ToolOutputsSubmit
from threadkeep.types.vector_store_request import VectorStoreCreate

pytestmark = pytest.mark.parametrize("ground", GROUNDS, indirect=True)

BLIND = msgspec.structs.replace(SETTINGS, sweep_seconds=60.0)
"""Of a node that finds nothing unless it is told."""
DUTIES = {"Cleaner", "Expirer", "Ingester", "Lease", "Rescuer", "Worker"}
HASTY = msgspec.structs.replace(SETTINGS, drain_seconds=0.1)
"""Of a node that leaves quickly."""


async def test_a_node_that_only_answers_does_nothing_by_itself(nodes):
    api = await nodes.start(works=False)

    record = await nodes.new_run(api)

    assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint(DUTIES)
    assert (await nodes.reach(record, "queued")).epoch == 0


async def test_runs_of_one_node_are_worked_on_by_another_at_once(nodes):
    api, worker = await nodes.start(works=False), await nodes.start(BLIND)
    nodes.script.call_functions(("get_weather", "{}"))
    nodes.script.reply("Rain.")

    record = await nodes.new_run(api)
    watcher = Watcher(api, record)
    parked = await nodes.reach(record, "requires_action")
    await watcher.end()
    call = parked.run.required_action.submit_tool_outputs.tool_calls[0]
    outputs = ToolOutputsSubmit(tool_outputs=[ToolOutput(tool_call_id=call.id, output="4 degrees")])
    queued, _ = await api.engine.runs.submit_tool_outputs(
        PROJECT, record.run.thread_id, record.run.id, outputs
    )
    watcher = Watcher(api, queued)
    await watcher.end()

    assert (watcher.text, watcher.names[-1]) == ("Rain.", "thread.run.completed")
    assert (await nodes.reach(record, "completed")).worker == worker.engine.duties.worker.id


async def test_a_run_is_cancelled_from_another_node(nodes):
    api, _ = await nodes.start(works=False), await nodes.start()
    gate = Gate()
    nodes.script.reply("Never", gate, " ends")
    record = await nodes.new_run(api)
    await gate.reached()

    await api.engine.runs.cancel(PROJECT, record.run.thread_id, record.run.id)

    assert (await nodes.reach(record, "cancelled")).epoch == 1
    gate.open()


async def test_files_given_to_one_node_are_read_by_another_at_once(nodes):
    library = Library(nodes, await nodes.start(works=False))
    await nodes.start(BLIND)

    store = await library.store(tea=TEA)

    assert store.file_counts.completed == 1


async def test_what_a_leaving_node_hands_over_goes_on_at_once(nodes):
    gate = Gate()
    nodes.script.reply("Slow", gate)
    nodes.script.reply("Quick")
    leaving = await nodes.start(HASTY)
    api = await nodes.start(works=False)
    record = await nodes.new_run(leaving)
    watcher = Watcher(api, record)
    await gate.reached()
    await nodes.start(BLIND)

    await leaving.engine.stop()

    done = await nodes.reach(record, "completed")
    assert (done.epoch, done.attempts) == (2, 1)
    await watcher.end()
    assert watcher.text.endswith("Quick")
    gate.open()


async def test_what_is_claimed_at_the_last_moment_is_handed_over(nodes):
    leaving = await nodes.start(HASTY)
    answer = leaving.storage.held["claim"] = asyncio.Event()
    record = await nodes.new_run(await nodes.start(works=False))
    await nodes.reach(record, "in_progress")

    stopping = asyncio.create_task(leaving.engine.stop())
    await asyncio.sleep(0)
    answer.set()
    await stopping

    handed_over = await nodes.reach(record, "queued")
    assert (handed_over.worker, handed_over.attempts) == (None, 0)
    assert nodes.script.requests == []


async def test_a_leaving_node_does_not_wait_for_a_storage_that_is_away(nodes):
    gate = Gate()
    nodes.script.reply("Slow", gate)
    nodes.script.reply("Quick")
    leaving = await nodes.start(HASTY)
    record = await nodes.new_run(leaving)
    await gate.reached()
    leaving.storage.is_cut_off = True

    async with asyncio.timeout(5):
        await leaving.engine.stop()

    await nodes.start()
    assert (await nodes.reach(record, "completed")).epoch == 2
    gate.open()


async def test_a_file_that_a_leaving_node_reads_is_read_by_another_at_once(nodes):
    leaving = await nodes.start(HASTY)
    library = Library(nodes, leaving)
    file = await library.upload("tea.txt", TEA)
    nodes.contents.hold()
    body = VectorStoreCreate(file_ids=[file.id])
    store = await library.engine.vector_stores.create(PROJECT, body)
    await nodes.contents.held()
    nodes.contents.hold()
    staying = await nodes.start(BLIND)

    await leaving.engine.stop()
    await nodes.contents.held()

    owned = await nodes.storage.vector_store_files.owned(staying.engine.duties.worker.id)
    assert [record.attempts for record in owned] == [1]
    nodes.contents.let_go()
    assert (await library.read(store)).file_counts.completed == 1


async def test_a_file_whose_claim_was_not_answered_is_read_while_its_worker_lives(nodes):
    node = await nodes.start()
    library = Library(nodes, node)
    file = await library.upload("tea.txt", TEA)
    node.storage.unanswered = ["claim"]

    store = await library.engine.vector_stores.create(
        PROJECT, VectorStoreCreate(file_ids=[file.id])
    )

    assert (await library.read(store)).file_counts.completed == 1
    assert node.storage.unanswered == []


async def test_a_run_that_shall_not_go_on_after_a_crash_fails_with_words(nodes):
    gate = Gate()
    nodes.script.reply("Half", gate)
    crashing = await nodes.start()
    record = await nodes.new_run(crashing, on_crash="fail")
    await Watcher(crashing, record).sees("Half")
    await nodes.opening_is_kept(record)

    crashing.storage.is_cut_off = True
    survivor = await nodes.start()
    failed = (await nodes.reach(record, "failed")).run

    assert failed.last_error.code == "server_error"
    assert "worker that executed the run died" in failed.last_error.message
    page = await nodes.storage.messages.page(PROJECT, failed.thread_id, PageQuery(order="asc"))
    statuses = [decode(raw, Message).status for raw in page.items]
    assert statuses == ["completed", "incomplete"]
    body = RunCreate(assistant_id=failed.assistant_id)
    again = await survivor.engine.runs.create(PROJECT, failed.thread_id, body)
    assert (await nodes.reach(again, "completed")).run.last_error is None
    gate.open()


async def test_the_settings_say_what_becomes_of_runs_that_do_not_say_so(nodes):
    strict = await nodes.start(msgspec.structs.replace(SETTINGS, on_crash="fail"), works=False)

    assert (await nodes.new_run(strict)).on_crash == "fail"
    assert (await nodes.new_run(strict, on_crash=None)).on_crash == "fail"
    assert (await nodes.new_run(strict, on_crash="resume")).on_crash == "resume"


async def test_to_be_handed_over_is_no_crash(nodes):
    gate = Gate()
    nodes.script.reply("Slow", gate)
    nodes.script.reply("Quick")
    leaving = await nodes.start(HASTY)
    record = await nodes.new_run(leaving, on_crash="fail")
    await gate.reached()

    await leaving.engine.stop()
    await nodes.start()

    assert (await nodes.reach(record, "completed")).run.last_error is None
    gate.open()
