"""Files: kept with what is known of them, given back or kept back, and deleted when their time is over."""

import pytest

from tests.support.nodes import PROJECT
from tests.support.search import TEA, Library
from threadkeep.engine import files
from threadkeep.errors import InvalidRequestError, MissingError, RequestTooLargeError
from threadkeep.types.file_request import FileCreate, FileExpiresAfter


@pytest.fixture
async def library(nodes):
    return Library(nodes, await nodes.start())


async def parts(*data):
    for part in data:
        yield part


async def test_a_file_is_kept_with_what_is_known_of_it(nodes, library):
    file = await library.upload("你好.txt", "Tea", purpose="vision")

    found, parts = await library.engine.files.content(PROJECT, file.id)

    assert (file.filename, file.bytes, file.status, file.expires_at) == (
        "你好.txt",
        3,
        "processed",
        None,
    )
    assert found == file
    assert b"".join([part async for part in parts]) == b"Tea"


@pytest.mark.parametrize("purpose", ["assistants", "user_data"])
async def test_files_of_some_purposes_are_not_given_back(library, purpose):
    file = await library.upload("tea.txt", TEA, purpose=purpose)

    with pytest.raises(InvalidRequestError) as caught:
        await library.engine.files.content(PROJECT, file.id)

    assert caught.value.message == f"Not allowed to download files of purpose: {purpose}"


async def test_a_purpose_that_there_is_not_is_refused(library):
    received = await library.engine.files.receive(PROJECT, "a.txt", parts(b"x"))
    with pytest.raises(InvalidRequestError) as caught:
        await library.engine.files.create(received, FileCreate(purpose="world_domination"))
    await library.engine.files.discard(received)

    assert caught.value.message == (
        "'world_domination' is not one of "
        "['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'"
    )
    assert await library.nodes.contents.names() == []


async def test_a_file_that_is_too_large_leaves_nothing(library, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 10)

    with pytest.raises(RequestTooLargeError):
        await library.engine.files.receive(PROJECT, "a.txt", parts(b"12345678", b"12345678"))

    assert await library.nodes.contents.names() == []


async def test_a_file_whose_time_is_over_is_deleted(nodes, library):
    received = await library.engine.files.receive(PROJECT, "a.txt", parts(b"x"))
    hour = FileExpiresAfter(anchor="created_at", seconds=3600)
    file = await library.engine.files.create(
        received, FileCreate(purpose="assistants", expires_after=hour)
    )
    kept = await library.upload("tea.txt", TEA)

    nodes.clock.advance(3601)

    assert file.expires_at == file.created_at + 3600
    await nodes.contents.reach_names([(PROJECT, kept.id)])
    with pytest.raises(MissingError):
        await library.engine.files.find(PROJECT, file.id)


async def test_bytes_that_a_server_left_unfinished_are_removed_by_the_next(nodes):
    leaving = Library(nodes, await nodes.start())
    kept = await leaving.upload("tea.txt", TEA)
    await leaving.engine.files.receive(PROJECT, "lost.txt", parts(b"x"))
    await leaving.engine.stop()

    await nodes.start(exclusive=True)

    await nodes.contents.reach_names([(PROJECT, kept.id)])


async def test_what_is_being_received_is_left_alone(nodes):
    library = Library(nodes, await nodes.start(exclusive=True))

    received = await library.engine.files.receive(PROJECT, "a.txt", parts(b"x"))
    gone = await library.upload("gone.txt", TEA)
    await library.engine.files.delete(PROJECT, gone.id)
    file = await library.engine.files.create(received, FileCreate(purpose="vision"))

    _, content = await library.engine.files.content(PROJECT, file.id)
    assert b"".join([part async for part in content]) == b"x"
