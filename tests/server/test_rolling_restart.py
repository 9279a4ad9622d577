"""Nodes of a cluster are restarted one by one, or die, while clients stream: no run fails, no stream has a gap.

Real processes: PostgreSQL, NATS, a node that answers and two that work.
"""

from __future__ import annotations

import asyncio

import pytest

import threadkeep
from tests.chaos.cluster import Cluster
from tests.support.scripted_model import DEFAULT_TEXT, Gate

COUNT = 4
SECONDS = 30.0


@pytest.fixture
async def cluster(scripted_model, tmp_path):
    (tmp_path / "threadkeep.toml").write_text("[engine]\ndrain_seconds = 2\n")
    cluster = Cluster(tmp_path, scripted_model.base_url, apis=1, workers=2, lease_seconds=1.0)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


@pytest.fixture
async def client(cluster):
    async with threadkeep.AsyncClient(base_url=cluster.urls[0], api_key="any") as client:
        yield client


class Talk:
    """A run on a thread of its own, whose reply stops at `gate`, and what its stream has told so far."""

    def __init__(self, client, model):
        self.gate = Gate()
        self.events = []
        self.text = ""
        model.reply("One, ", "two, ", self.gate, "three, ", "four.")
        self.task = asyncio.create_task(self._stream(client))

    async def _stream(self, client):
        assistant = await client.assistants.create(model="scripted-model")
        thread = await client.threads.create(messages=[{"role": "user", "content": "Count!"}])
        async with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            async for event in stream:
                self.events.append(event.event)
                if event.event == "thread.message.created":
                    self.text = ""
                if event.event == "thread.message.delta":
                    self.text += "".join(part.text.value for part in event.data.delta.content)
        page = client.threads.messages.list(thread.id)
        return [
            message.content[0].text.value async for message in page if message.role == "assistant"
        ]

    async def reach(self, text):
        async with asyncio.timeout(SECONDS):
            while True:
                if text in self.text or self.task.done():
                    return
                await asyncio.sleep(0.01)

    async def end(self):
        """What is on the thread in the end, when what was streamed last is that."""
        async with asyncio.timeout(SECONDS):
            kept = await self.task
        assert self.events[-1] == "thread.run.completed"
        assert kept == [self.text]
        return self.text


async def restart(cluster, worker):
    """Stop it as an operator would, and start it again; its exit code."""
    code = await worker.stop()
    worker.start()
    await cluster.ready()
    return code


async def test_workers_are_restarted_while_they_finish_what_they_have(
    cluster, client, scripted_model
):
    talks = [Talk(client, scripted_model) for _ in range(COUNT)]
    for talk in talks:
        await talk.reach("two")

    codes = []
    for worker in cluster.workers:
        stopping = asyncio.create_task(restart(cluster, worker))
        for talk in talks:
            talk.gate.open()
        codes.append(await stopping)

    assert codes == [0, 0]
    assert [await talk.end() for talk in talks] == ["One, two, three, four."] * COUNT
    for talk in talks:
        assert talk.events.count("thread.run.in_progress") == 1


async def test_what_a_worker_does_not_finish_in_time_goes_on_elsewhere(
    cluster, client, scripted_model
):
    talks = [Talk(client, scripted_model) for _ in range(COUNT)]
    for talk in talks:
        await talk.reach("two")

    assert [await restart(cluster, worker) for worker in cluster.workers] == [0, 0]

    assert [await talk.end() for talk in talks] == [DEFAULT_TEXT] * COUNT
    for talk in talks:
        assert "thread.run.failed" not in talk.events
        assert talk.events.count("thread.run.in_progress") == 2
        talk.gate.open()


async def test_what_a_worker_leaves_when_it_is_killed_goes_on_elsewhere(
    cluster, client, scripted_model
):
    talks = [Talk(client, scripted_model) for _ in range(COUNT)]
    for talk in talks:
        await talk.reach("two")

    for worker in cluster.workers:
        worker.kill()
    cluster.workers[0].start()

    assert [await talk.end() for talk in talks] == [DEFAULT_TEXT] * COUNT
    for talk in talks:
        talk.gate.open()
