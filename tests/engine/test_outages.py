"""The storage goes away and comes back: no run is lost, begun anew, finished twice or stuck."""

import asyncio

import msgspec
import pytest

from tests.support.nodes import GROUNDS, PROJECT, SECONDS, SETTINGS
from tests.support.scripted_model import Gate
from tests.support.watcher import Watcher
from threadkeep.errors import StorageError
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.codec import decode
from threadkeep.types.message import Message, MessageCreate
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import RunCreate
from threadkeep.types.thread import ThreadCreate

pytestmark = pytest.mark.parametrize("ground", GROUNDS, indirect=True)

COUNT = 5
BRIEF = msgspec.structs.replace(SETTINGS, lease_seconds=0.1, sweep_seconds=0.05)
"""A lease so short that a worker without its storage gives up after a second."""


async def texts(nodes, record):
    page = await nodes.storage.messages.page(
        PROJECT, record.run.thread_id, PageQuery(order="asc"), run_id=record.run.id
    )
    messages = [decode(raw, Message) for raw in page.items]
    return [(message.status, message.content[0].text.value) for message in messages]


async def test_after_an_outage_longer_than_the_lease_every_run_is_in_its_first_attempt(nodes):
    gates = [Gate() for _ in range(COUNT)]
    for gate in gates:
        nodes.script.reply("Before", gate, " and after")
    workers = [await nodes.start() for _ in range(2)]
    records = [await nodes.new_run(workers[0]) for _ in gates]
    for gate in gates:
        await gate.reached()
    watchers = [Watcher(workers[1], record) for record in records]

    for worker in workers:
        worker.storage.is_cut_off = True
    await asyncio.sleep(2 * SETTINGS.lease_seconds)
    for worker in workers:
        worker.storage.is_cut_off = False
    await asyncio.sleep(2 * SETTINGS.lease_seconds)  # in which nobody may take anything
    for gate in gates:
        gate.open()

    done = [await nodes.reach(record, "completed") for record in records]
    assert [record.epoch for record in done] == [1] * COUNT
    for watcher in watchers:
        await watcher.end()
    assert {watcher.text for watcher in watchers} == {"Before and after"}
    assert all(watcher.names.count("thread.run.in_progress") == 1 for watcher in watchers)


async def test_a_reply_goes_on_while_the_storage_is_away(nodes):
    before, after = Gate(), Gate()
    nodes.script.reply("Before", before, " meanwhile", after, " and after")
    node = await nodes.start()
    record = await nodes.new_run(node)
    watcher = Watcher(node, record)
    await watcher.sees("Before")

    node.storage.is_cut_off = True
    before.open()
    await watcher.sees("meanwhile")
    after.open()
    await watcher.sees("and after")
    node.storage.is_cut_off = False

    await watcher.end()
    assert watcher.names[-1] == "thread.run.completed"
    assert await texts(nodes, record) == [("completed", "Before meanwhile and after")]


async def test_no_end_is_told_before_it_is_kept(nodes):
    gate, last = Gate(), Gate()
    nodes.script.reply(gate, "All", " of it", last)
    node = await nodes.start()
    record = await nodes.new_run(node)
    watcher = Watcher(node, record)
    await gate.reached()

    node.storage.is_cut_off = True
    gate.open()
    await last.reached()
    last.open()
    await watcher.sees("All of it")
    assert not [name for name in watcher.names if name.endswith(".completed")]
    node.storage.is_cut_off = False

    await watcher.end()
    assert watcher.text == "All of it"
    assert (await nodes.reach(record, "completed")).epoch == 1


async def test_an_ending_whose_answer_was_lost_is_told_as_it_was_written(nodes):
    gate = Gate()
    nodes.script.reply("Once", gate, " only")
    node = await nodes.start()
    record = await nodes.new_run(node)
    watcher = Watcher(node, record)
    await watcher.sees("Once")

    node.storage.unanswered = ["write"]
    gate.open()
    await watcher.end()

    assert watcher.names[-3:] == [
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
    ]
    assert await texts(nodes, record) == [("completed", "Once only")]
    assert (await nodes.reach(record, "completed")).epoch == 1


async def test_a_run_whose_claim_was_not_answered_is_found_while_its_worker_lives(nodes):
    node, api = await nodes.start(), await nodes.start(works=False)
    node.storage.unanswered = ["claim"]

    record = await nodes.new_run(api)

    done = await nodes.reach(record, "completed")
    assert (done.epoch, node.storage.unanswered) == (2, [])


async def test_a_run_whose_creation_was_not_answered_is_not_left_lying(nodes):
    engine = (node := await nodes.start()).engine
    assistant = await engine.assistants.create(PROJECT, AssistantCreate(model="scripted-model"))
    said = [MessageCreate(role="user", content="Hello?")]
    thread = await engine.threads.create(PROJECT, ThreadCreate(messages=said))
    node.storage.unanswered = ["insert"]

    with pytest.raises(StorageError):
        await engine.runs.create(PROJECT, thread.id, RunCreate(assistant_id=assistant.id))

    page = await nodes.storage.runs.page(PROJECT, thread.id, PageQuery())
    record = await nodes.storage.runs.find(PROJECT, thread.id, page.first_id)
    assert (await nodes.reach(record, "completed")).epoch == 2


async def test_a_worker_without_its_storage_gives_up_after_a_while_and_writes_nothing(nodes):
    gate = Gate()
    nodes.script.reply("From the one", gate, " that is cut off")
    nodes.script.reply("From the other")
    lonely = await nodes.start(BRIEF)
    record = await nodes.new_run(lonely)
    await gate.reached()
    request = nodes.script.requests[0]

    lonely.storage.is_cut_off = True
    other = await nodes.start()
    await nodes.reach(record, "completed")
    assert await asyncio.to_thread(request.left.wait, SECONDS)  # the chat model talks to nobody

    lonely.storage.is_cut_off = False
    assert (await nodes.reach(await nodes.new_run(lonely), "completed")).epoch == 1
    assert await texts(nodes, record) == [("completed", "From the other")]
    await other.engine.stop()


async def test_a_worker_that_gave_up_alone_gets_its_run_back_with_the_storage(nodes):
    gate = Gate()
    nodes.script.reply("Given up", gate)
    nodes.script.reply("Taken up again")
    node = await nodes.start(BRIEF)
    record = await nodes.new_run(node)
    await gate.reached()

    node.storage.is_cut_off = True
    assert await asyncio.to_thread(nodes.script.requests[0].left.wait, SECONDS)
    node.storage.is_cut_off = False

    assert (await nodes.reach(record, "completed")).epoch == 2
    assert await texts(nodes, record) == [("completed", "Taken up again")]


async def test_a_node_that_may_not_rescue_yet_expires_what_is_overdue(nodes):
    nodes.script.call_functions(("get_weather", "{}"))
    first = await nodes.start()
    parked = await nodes.reach(await nodes.new_run(first), "requires_action")
    await first.engine.stop()
    nodes.clock.advance(601)

    patient = msgspec.structs.replace(SETTINGS, lease_seconds=10_000.0)
    await nodes.start(patient)

    assert (await nodes.reach(parked, "expired")).run.expires_at is None
