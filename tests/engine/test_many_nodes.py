"""Several nodes on one storage: who loses a run, loses it quietly, and nothing is told or kept twice."""

import asyncio
import json
from contextlib import aclosing

import msgspec
import pytest

from tests.support.nodes import GROUNDS, PROJECT, SECONDS, SETTINGS
from tests.support.scripted_model import Gate
from threadkeep.engine.rescuer import MAX_ATTEMPTS
from threadkeep.types.codec import decode
from threadkeep.types.delta import MessageDelta
from threadkeep.types.message import Message
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import ToolOutput, ToolOutputsSubmit

pytestmark = pytest.mark.parametrize("ground", GROUNDS, indirect=True)


async def answers(nodes, record):
    page = await nodes.storage.messages.page(
        PROJECT, record.run.thread_id, PageQuery(order="asc"), run_id=record.run.id
    )
    return [decode(raw, Message).content[0].text.value for raw in page.items]


async def test_a_worker_that_was_cut_off_changes_nothing_when_it_comes_back(nodes):
    gate = Gate()
    nodes.script.reply("From the zombie", gate, ", too late.")
    nodes.script.reply("From the other node.")
    zombie = await nodes.start()
    record = await nodes.new_run(zombie)
    await gate.reached()

    zombie.storage.is_cut_off = True
    await nodes.start()
    done = await nodes.reach(record, "completed")
    zombie.storage.is_cut_off = False
    gate.open()
    await zombie.engine.stop()

    assert done.epoch == 2
    assert await answers(nodes, record) == ["From the other node."]
    after = await nodes.reach(record, "completed")
    assert (after.revision, after.run) == (done.revision, done.run)


async def test_a_watcher_sees_the_new_attempt_from_its_start_and_no_more_of_the_old_one(nodes):
    gate = Gate()
    nodes.script.reply("Old", gate, " words")
    nodes.script.reply("New words")
    zombie = await nodes.start()
    record = await nodes.new_run(zombie)
    watching = asyncio.create_task(nodes.events(zombie, record))
    await gate.reached()

    zombie.storage.is_cut_off = True
    survivor = await nodes.start()
    await nodes.reach(record, "completed")
    gate.open()
    zombie.storage.is_cut_off = False
    names = await watching

    assert names.count("thread.run.in_progress") == 2
    assert names[-3:] == [
        "thread.message.completed",
        "thread.run.step.completed",
        "thread.run.completed",
    ]
    restart = names.index("thread.run.restarted")
    told_by_survivor = await nodes.events(survivor, record)
    assert told_by_survivor == ["thread.run.in_progress", *names[restart:]]


async def test_a_run_whose_wake_up_was_lost_is_found_by_the_sweep(nodes):
    await nodes.start()
    nodes.bus.lost = ("wake",)

    record = await nodes.new_run(await nodes.start(works=False))

    assert (await nodes.reach(record, "completed")).run.usage is not None


class DeafModel:
    """A model that loses what cancels it while it waits for its server, as a library may."""

    def __init__(self, model):
        self._model = model
        self.was_cancelled = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._model, name)

    async def stream(self, request):
        async with aclosing(self._model.stream(request)) as reply:
            while True:
                coming = asyncio.ensure_future(anext(reply, None))
                while not coming.done():
                    try:
                        await asyncio.wait([coming])
                    except asyncio.CancelledError:
                        self.was_cancelled.set()
                if (chunks := coming.result()) is None:
                    return
                yield chunks


async def test_a_cancel_that_a_library_lost_ends_the_run_with_the_next_words(nodes):
    gate = Gate()
    nodes.script.reply("Never", gate, " ends", " well")
    nodes.model = DeafModel(nodes.model)
    node = await nodes.start()
    record = await nodes.new_run(node)
    await gate.reached()

    await node.engine.runs.cancel(PROJECT, record.run.thread_id, record.run.id)
    await nodes.model.was_cancelled.wait()
    gate.open()

    ended = await nodes.reach(record, "completed", "cancelled")
    assert ended.run.status == "cancelled"
    assert await answers(nodes, record) == ["Never"]


async def test_a_cancel_that_was_lost_on_the_bus_is_found_with_the_lease(nodes):
    gate = Gate()
    nodes.script.reply("Never", gate, " ends")
    node = await nodes.start()
    record = await nodes.new_run(node)
    await gate.reached()
    nodes.bus.lost = ("ctl.",)

    answer = await node.engine.runs.cancel(PROJECT, record.run.thread_id, record.run.id)

    assert answer.status == "cancelling"
    assert (await nodes.reach(record, "cancelled")).run.cancelled_at is not None
    gate.open()


async def test_a_watcher_whose_events_were_lost_gets_them_all_the_same(nodes):
    node = await nodes.start()
    nodes.bus.lost = ("ev.",)
    nodes.script.reply("One", " two")

    record = await nodes.new_run(node)
    names = await nodes.events(node, record)

    assert names.count("thread.message.delta") == 2
    assert names[-1] == "thread.run.completed"


async def test_a_watcher_that_missed_megabytes_gets_them_all_the_same(nodes):
    gate = Gate()
    node = await nodes.start()
    nodes.bus.lost = ("ev.",)
    parts = [str(number % 10) * 100_000 for number in range(30)]
    nodes.script.reply(*parts, gate)

    record = await nodes.new_run(node)
    await gate.reached()
    gate.open()
    async with asyncio.timeout(SECONDS):
        batches = [batch async for batch in node.engine.follower.follow(record)]

    deltas = [e for batch in batches for e in batch if e.name == "thread.message.delta"]
    texts = [decode(delta.data, MessageDelta).delta.content[0].text.value for delta in deltas]
    assert "".join(texts) == "".join(parts)


async def test_a_watcher_that_misses_the_end_of_a_message_is_told_it_at_once(nodes):
    gate = Gate()
    nodes.script.reply("Once", " upon", gate, " a", " time")
    await nodes.start()
    watched = await nodes.start(works=False)
    record = await nodes.new_run(watched)
    told = []
    async for batch in watched.engine.follower.follow(record):
        told += [json.loads(event.data) for event in batch if event.name == "thread.message.delta"]
        if len(told) == 2:
            nodes.bus.lost = ("ev.", "rpc.")
            gate.open()

    texts = [part["text"]["value"] for delta in told for part in delta["delta"]["content"]]
    assert texts == ["Once", " upon", " a time"]


async def test_a_watcher_of_a_run_that_no_worker_has_is_told_of_its_end(nodes):
    node = await nodes.start(works=False)
    record = await nodes.new_run(node)
    watching = asyncio.create_task(nodes.events(node, record))
    await asyncio.sleep(0)  # it subscribes

    answer = await node.engine.runs.cancel(PROJECT, record.run.thread_id, record.run.id)

    assert answer.status == "cancelling"
    assert await watching == ["thread.run.cancelling", "thread.run.cancelled"]


async def test_who_comes_late_is_told_everything_from_the_beginning(nodes):
    node = await nodes.start()
    record = await nodes.new_run(node)
    await nodes.reach(record, "completed")

    names = await nodes.events(node, record)

    assert names[0] == "thread.run.in_progress"
    assert names[-1] == "thread.run.completed"


async def test_a_parked_run_goes_on_at_another_node(nodes):
    nodes.script.call_functions(("get_weather", "{}"))
    nodes.script.reply("Rain.")
    first = await nodes.start()
    record = await nodes.reach(await nodes.new_run(first), "requires_action")
    await first.engine.stop()
    second = await nodes.start()

    call = record.run.required_action.submit_tool_outputs.tool_calls[0]
    outputs = ToolOutputsSubmit(tool_outputs=[ToolOutput(tool_call_id=call.id, output="4 degrees")])
    queued, step = await second.engine.runs.submit_tool_outputs(
        PROJECT, record.run.thread_id, record.run.id, outputs
    )

    assert (queued.run.status, step.status) == ("queued", "completed")
    names = await nodes.events(second, queued)
    assert (names[0], names[-1]) == ("thread.run.in_progress", "thread.run.completed")
    told = nodes.script.requests[-1].body["messages"]
    assert [message["role"] for message in told][-2:] == ["assistant", "tool"]


async def test_a_node_that_stops_hands_over_what_does_not_end_in_time(nodes):
    gate = Gate()
    nodes.script.reply("Slow", gate)
    nodes.script.reply("Quick")
    leaving = await nodes.start(msgspec.structs.replace(SETTINGS, drain_seconds=0.1))
    record = await nodes.new_run(leaving)
    await gate.reached()

    await leaving.engine.stop()
    handed_over = await nodes.reach(record, "queued")
    await nodes.start()

    assert (handed_over.worker, handed_over.attempts) == (None, 0)
    assert (await nodes.reach(record, "completed")).epoch == 2
    assert await answers(nodes, record) == ["Quick"]
    gate.open()


async def test_a_node_that_stops_lets_its_runs_end(nodes):
    gate = Gate()
    nodes.script.reply("Slow", gate, " but sure")
    leaving = await nodes.start()
    record = await nodes.new_run(leaving)
    await gate.reached()

    stopping = asyncio.create_task(leaving.engine.stop())
    gate.open()
    await stopping

    assert (await nodes.reach(record, "completed")).epoch == 1


async def test_a_run_that_kills_its_workers_is_given_up(nodes):
    gate = Gate()
    for _ in range(MAX_ATTEMPTS):
        nodes.script.reply("Deadly", gate)
    quick = msgspec.structs.replace(SETTINGS, lease_seconds=0.2, sweep_seconds=0.05)
    node = await nodes.start(quick)
    record = await nodes.new_run(node)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        await nodes.reach(record, "in_progress", epoch=attempt)
        node.storage.is_cut_off = True
        node = await nodes.start(quick)

    failed = (await nodes.reach(record, "failed")).run

    assert failed.last_error.message == "The run was given up after 5 attempts."
    gate.open()


async def test_deleting_a_thread_stops_its_run_and_ends_its_watchers(nodes):
    gate = Gate()
    nodes.script.reply("Talking to", gate, " nobody")
    node = await nodes.start()
    record = await nodes.new_run(node)
    watching = asyncio.create_task(nodes.events(node, record))
    await gate.reached()

    await node.engine.threads.delete(PROJECT, record.run.thread_id)

    assert "thread.run.completed" not in await watching
    gate.open()
