"""The events of a run, wherever a watcher asks for them and whoever died meanwhile."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from tests.support.nodes import GROUNDS, PROJECT, SECONDS, SETTINGS
from tests.support.scripted_model import Gate
from threadkeep.engine import follower
from threadkeep.engine.retelling import BEFORE_ALL
from threadkeep.types.run_request import ToolOutput, ToolOutputsSubmit

pytestmark = pytest.mark.parametrize("ground", GROUNDS, indirect=True)

RESTARTED = "thread.run.restarted"
COMPLETED = "thread.run.completed"


class Watch:
    """Somebody who watches a run through a node from `after` on, in a task of its own."""

    def __init__(self, node, record, after=BEFORE_ALL):
        self.events = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read(node, record, after))

    @property
    def names(self):
        return [event.name for event in self.events]

    @property
    def position(self):
        return positions(self.events)[-1]

    @property
    def text(self):
        """What is said, without what was void."""
        text = ""
        for event in self.events:
            data = json.loads(event.data)
            if event.name == RESTARTED:
                text = ""
            elif event.name == "thread.message.delta":
                text += "".join(part["text"]["value"] for part in data["delta"]["content"])
        return text

    async def seen(self, name):
        async with asyncio.timeout(SECONDS):
            while name not in self.names:
                self._news.clear()
                await self._news.wait()
        return self

    async def ended(self):
        async with asyncio.timeout(SECONDS):
            await self._task
        return self

    def leave(self):
        self._task.cancel()

    async def _read(self, node, record, after):
        async for batch in node.engine.follower.follow(record, after, until="terminal"):
            self.events += batch
            self._news.set()


def positions(events):
    return [(event.epoch, event.number) for event in events]


async def submit(node, record):
    [call] = record.run.required_action.submit_tool_outputs.tool_calls
    outputs = ToolOutputsSubmit(tool_outputs=[ToolOutput(tool_call_id=call.id, output="rain")])
    run = record.run
    queued, _ = await node.engine.runs.submit_tool_outputs(PROJECT, run.thread_id, run.id, outputs)
    return queued


async def test_any_node_goes_on_where_another_one_died(nodes):
    gate = Gate()
    nodes.script.reply("One", gate, " two")
    worker = await nodes.start()
    record = await nodes.new_run(worker)
    dying, other = await nodes.start(works=False), await nodes.start(works=False)
    watch = await Watch(dying, record).seen("thread.message.delta")
    watch.leave()
    gate.open()

    rest = await Watch(other, record, watch.position).ended()

    assert rest.names == [
        "thread.message.delta",
        "thread.message.completed",
        "thread.run.step.completed",
        COMPLETED,
    ]
    assert watch.text + rest.text == "One two"
    whole = await Watch(other, record).ended()
    assert positions(whole.events) == positions([*watch.events, *rest.events])


async def test_many_watch_through_many_nodes(nodes):
    gate = Gate()
    nodes.script.reply("One", gate, " two")
    worker = await nodes.start()
    others = [await nodes.start(works=False), await nodes.start(works=False)]
    record = await nodes.new_run(worker)
    watches = [Watch(node, record) for node in [worker, *others] * 4]
    for watch in watches:
        await watch.seen("thread.message.delta")
    gate.open()

    for watch in watches:
        await watch.ended()
    assert len({tuple(positions(watch.events)) for watch in watches}) == 1
    assert {watch.text for watch in watches} == {"One two"}


async def test_a_dead_worker_takes_no_completed_step_with_it(nodes):
    gate = Gate()
    nodes.script.call_functions(("get_weather", "{}"), text=("Let me see.",))
    nodes.script.reply("Old", gate, " words")
    nodes.script.reply("New words")
    worker = await nodes.start()
    waiting = await nodes.reach(await nodes.new_run(worker), "requires_action")
    early = await Watch(worker, waiting).seen("thread.message.delta")
    early.leave()
    await submit(worker, waiting)
    await gate.reached()
    late = await Watch(worker, waiting).seen("thread.run.queued")
    late.leave()
    worker.storage.is_cut_off = True
    survivor = await nodes.start()
    await nodes.reach(waiting, "completed")

    rest = await Watch(survivor, waiting, early.position).ended()
    assert rest.names.count(RESTARTED) == 1
    assert rest.text == "New words"
    whole = await Watch(survivor, waiting).ended()
    assert whole.names.count("thread.run.requires_action") == 1
    assert whole.names.count("thread.message.completed") == 2
    assert positions(whole.events) == sorted(set(positions(whole.events)))
    worker.storage.is_cut_off = False
    gate.open()


async def test_a_run_that_is_handed_over_is_said_to_begin_anew(nodes):
    gate = Gate()
    nodes.script.reply("Old", gate)
    nodes.script.reply("New")
    leaving = await nodes.start(msgspec.structs.replace(SETTINGS, drain_seconds=0.1))
    record = await nodes.new_run(leaving)
    await gate.reached()
    other = await nodes.start()
    watch = await Watch(other, record).seen("thread.message.delta")

    await leaving.engine.stop()

    await watch.ended()
    assert watch.names.count(RESTARTED) == 1
    assert watch.text == "New"
    gate.open()


async def test_submitted_outputs_are_no_restart(nodes):
    nodes.script.call_functions(("get_weather", "{}"))
    nodes.script.reply("Rain.")
    first = await nodes.start()
    record = await nodes.reach(await nodes.new_run(first), "requires_action")
    second = await nodes.start()
    watch = await Watch(second, record).seen("thread.run.requires_action")
    await first.engine.stop()

    await submit(second, record)

    await watch.ended()
    assert RESTARTED not in watch.names
    assert watch.text == "Rain."
    again = await Watch(second, record).ended()
    assert [n for n in again.names if "delta" not in n] == [
        n for n in watch.names if "delta" not in n
    ]


async def test_a_watcher_outlives_an_outage_of_the_storage(nodes, monkeypatch):
    monkeypatch.setattr(follower, "SILENCE_SECONDS", 0.02)
    gate = Gate()
    nodes.script.reply("One", gate, " two")
    await nodes.start()
    watched = await nodes.start(works=False)
    record = await nodes.new_run(watched)
    watch = await Watch(watched, record).seen("thread.message.delta")
    watched.storage.is_cut_off = True
    nodes.bus.lost = ("ev.",)
    gate.open()
    await nodes.reach(record, "completed")
    await asyncio.sleep(0.2)  # silences, in which the node looks in vain for what it missed

    nodes.bus.lost = ()
    watched.storage.is_cut_off = False

    assert (await watch.ended()).text == "One two"


async def test_the_end_of_a_run_that_was_closed_from_outside_is_told_with_its_parts(nodes):
    gate = Gate()
    nodes.script.reply("One", gate)
    worker = await nodes.start()
    record = await nodes.new_run(worker)
    await gate.reached()
    watch = await Watch(worker, record).seen("thread.message.delta")
    await nodes.opening_is_kept(record)
    worker.storage.is_cut_off = True
    nodes.clock.advance(700)
    survivor = await nodes.start()
    await nodes.reach(record, "expired")
    worker.storage.is_cut_off = False

    rest = await Watch(survivor, record, watch.position).ended()
    assert rest.names == [
        "thread.message.incomplete",
        "thread.run.step.expired",
        "thread.run.expired",
    ]
    gate.open()
