"""A full disk under SQLite: who writes is told so, who reads is served, and all goes on when there is room again."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest

from tests.chaos.disks import disks
from tests.chaos.embedded import EmbeddedServer
from tests.chaos.file_load import FileLoad, check_files_kept
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.support.uploads import field, file, form

MESSAGE = {"role": "user", "content": "x" * 4000}
UPLOAD = form([field("purpose", "assistants"), file(b"x" * 100_000)])


@pytest.fixture(params=disks().values(), ids=disks().keys())
def disk(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture
async def embedded(scripted_model, script, tmp_path, disk):
    server = EmbeddedServer(tmp_path, scripted_model.base_url, within=disk.within())
    await server.start()
    yield server
    await server.kill()


async def error_of(caller, path, body):
    """The error of a write, once one is refused."""
    async with asyncio.timeout(20):
        while True:
            answer = await caller.once("POST", path, body)
            if answer is not None and answer.status != HTTPStatus.OK:
                assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
                return answer.json["error"]


async def test_runs_go_on_when_a_full_disk_has_room_again(embedded, caller, disk, script):
    thread = await caller.ok("POST", "/threads", {})
    async with Load(caller) as load:
        await load.reach(ended=3)
        disk.fill(embedded.process.pid)

        error = await error_of(caller, f"/threads/{thread['id']}/messages", MESSAGE)
        assert (error["type"], error["code"]) == ("server_error", None)
        assert await caller.ok("GET", f"/threads/{thread['id']}") == thread

        disk.free(embedded.process.pid)
        await load.reach(ended=5)
        await load.finish()
    await check_kept(load.ledger, caller)
    assert script.repeated == 0


async def test_files_that_a_full_disk_refused_leave_nothing_behind(embedded, caller, disk):
    async with FileLoad(caller) as load:
        await load.reach(ended=1)
        disk.fill(embedded.process.pid)
        error = await error_of(caller, "/files", UPLOAD)
        assert (error["type"], error["code"]) == ("server_error", None)
        disk.free(embedded.process.pid)
        await load.reach(ended=5)
        await load.finish()
    await check_files_kept(load, caller)
    listed = (await caller.ok("GET", "/files?limit=10000"))["data"]
    assert disk.names(embedded.process.pid) == sorted(file["id"] for file in listed)
