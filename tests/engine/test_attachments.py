"""What messages bring along: files for the thread's tools, and pictures for the model."""

import asyncio
import base64

import pytest

from tests.support.nodes import PROJECT
from tests.support.scripted_model import Gate
from tests.support.search import COFFEE, TEA, Library, in_store, search
from threadkeep.engine import images
from threadkeep.errors import InvalidRequestError, MissingError, ThreadBusyError
from threadkeep.types.assistant import AssistantCreate, AssistantUpdate
from threadkeep.types.message import (
    AttachmentInput,
    AttachmentToolInput,
    ImageFileInput,
    ImageFilePartInput,
    MessageCreate,
    TextInput,
)
from threadkeep.types.page import PageQuery
from threadkeep.types.run_request import RunCreate
from threadkeep.types.thread import ThreadCreate, ThreadUpdate
from threadkeep.types.tool_resources_request import (
    CodeInterpreterResourcesInput,
    FileSearchResourcesInput,
    NewFileSearchResourcesInput,
    NewToolResourcesInput,
    ToolResourcesInput,
    VectorStoreHelper,
)

WEEK = 7 * 86_400
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ALL = PageQuery(limit=100)


@pytest.fixture
async def library(nodes):
    return Library(nodes, await nodes.start())


def message(*attached, content="Look."):
    """A message with files, each given with the tools that are to see it."""
    attachments = [
        AttachmentInput(file_id=file.id, tools=[AttachmentToolInput(type=tool) for tool in tools])
        for file, *tools in attached
    ]
    return MessageCreate(role="user", content=content, attachments=attachments)


def picture(file, **fields):
    image = ImageFileInput(file_id=file.id, **fields)
    return MessageCreate(
        role="user", content=[TextInput(text="What is this?"), ImageFilePartInput(image_file=image)]
    )


async def new_thread(library, *messages, **fields):
    return await library.engine.threads.create(
        PROJECT, ThreadCreate(messages=[*messages], **fields)
    )


async def resources(nodes, thread):
    record = await nodes.storage.threads.find(PROJECT, thread.id)
    return record.value.tool_resources


async def stores(nodes):
    return (await nodes.storage.vector_stores.page(PROJECT, ALL)).items


async def test_a_file_for_search_is_found_by_the_threads_runs(nodes, library):
    file = await library.upload("tea.txt", TEA)
    nodes.script.call_functions(search("tea"))

    record = await library.run(messages=[message((file, "file_search"))])
    await nodes.reach(record, "completed")

    assert TEA in nodes.script.requests[-1].body["messages"][-1]["content"]


async def test_the_threads_vector_store_is_made_for_a_week_and_then_used_again(nodes, library):
    one, two = await library.upload("tea.txt", TEA), await library.upload("coffee.txt", COFFEE)
    thread = await new_thread(library)

    await library.engine.messages.create(PROJECT, thread.id, message((one, "file_search")))
    first = await resources(nodes, thread)
    await library.engine.messages.create(PROJECT, thread.id, message((two, "file_search")))
    second = await resources(nodes, thread)

    (store_id,) = first.file_search.vector_store_ids
    assert second.file_search.vector_store_ids == [store_id]
    store = await library.find(store_id)
    assert store.expires_at == store.last_active_at + WEEK
    assert store.file_counts.total == 2


async def test_a_vector_store_of_the_callers_takes_the_file_too(nodes, library):
    store = await library.store(coffee=COFFEE)
    file = await library.upload("tea.txt", TEA)

    thread = await new_thread(
        library, message((file, "file_search")), tool_resources=in_store(store.id)
    )

    assert (await resources(nodes, thread)).file_search.vector_store_ids == [store.id]
    assert (await library.read(store)).file_counts.completed == 2
    assert len(await stores(nodes)) == 1


async def test_a_file_that_is_there_already_is_not_read_again(nodes, library):
    file = await library.upload("tea.txt", TEA)
    thread = await new_thread(library, message((file, "file_search")))
    (store_id,) = (await resources(nodes, thread)).file_search.vector_store_ids
    await library.read(await library.find(store_id))

    await library.engine.messages.create(PROJECT, thread.id, message((file, "file_search")))

    assert (await library.find(store_id)).file_counts.completed == 1


async def test_a_deleted_vector_store_is_replaced(nodes, library):
    file = await library.upload("tea.txt", TEA)
    thread = await new_thread(library, message((file, "file_search")))
    (before,) = (await resources(nodes, thread)).file_search.vector_store_ids
    await library.engine.vector_stores.delete(PROJECT, before)

    await library.engine.messages.create(PROJECT, thread.id, message((file, "file_search")))

    (after,) = (await resources(nodes, thread)).file_search.vector_store_ids
    assert after != before


async def test_messages_at_the_same_time_share_one_vector_store(nodes, library):
    files = [await library.upload(f"{n}.txt", f"Tea {n}") for n in range(4)]
    thread = await new_thread(library)

    await asyncio.gather(
        *(
            library.engine.messages.create(PROJECT, thread.id, message((file, "file_search")))
            for file in files
        )
    )

    (store_id,) = (await resources(nodes, thread)).file_search.vector_store_ids
    assert (await library.find(store_id)).file_counts.total == 4
    assert len(await stores(nodes)) == 1


async def test_a_file_for_code_joins_the_threads_files(nodes, library):
    one, two = await library.upload("1.csv", "1"), await library.upload("2.csv", "2")
    thread = await new_thread(library, message((one, "code_interpreter")))

    await library.engine.messages.create(
        PROJECT,
        thread.id,
        message((two, "code_interpreter"), (one, "code_interpreter"), (two, "code_interpreter")),
    )

    assert (await resources(nodes, thread)).code_interpreter.file_ids == [one.id, two.id]
    assert await stores(nodes) == []


async def test_a_thread_takes_no_more_than_twenty_files_for_code(nodes, library):
    files = [await library.upload(f"{n}.csv", "1") for n in range(21)]
    thread = await new_thread(
        library, message(*((file, "code_interpreter") for file in files[:20]))
    )

    with pytest.raises(InvalidRequestError) as caught:
        await library.engine.messages.create(
            PROJECT, thread.id, message((files[20], "code_interpreter"))
        )

    assert caught.value.code == "array_above_max_length"
    assert len((await nodes.storage.messages.page(PROJECT, thread.id, ALL)).items) == 1


async def test_attachments_are_echoed_as_they_were_sent(library):
    file = await library.upload("tea.txt", TEA)
    thread = await new_thread(library)

    kept = await library.engine.messages.create(
        PROJECT,
        thread.id,
        message((file, "file_search"), (file, "file_search", "code_interpreter")),
    )

    assert [[tool.type for tool in each.tools] for each in kept.attachments] == [
        ["file_search"],
        ["file_search", "code_interpreter"],
    ]


async def test_a_busy_thread_is_not_touched(nodes, library):
    gate = Gate()
    nodes.script.reply("Slow", gate)
    file = await library.upload("tea.txt", TEA)
    record = await library.run()
    await gate.reached()
    body = message((file, "file_search"))

    with pytest.raises(ThreadBusyError):
        await library.engine.messages.create(PROJECT, record.run.thread_id, body)
    with pytest.raises(ThreadBusyError):
        await library.engine.runs.create(
            PROJECT,
            record.run.thread_id,
            RunCreate(assistant_id=record.run.assistant_id, additional_messages=[body]),
        )

    assert await stores(nodes) == []
    gate.open()


async def test_additional_messages_bring_their_files_along(nodes, library):
    first = await library.run()
    await nodes.reach(first, "completed")
    file = await library.upload("tea.txt", TEA)
    nodes.script.call_functions(search("tea"))

    record = await library.engine.runs.create(
        PROJECT,
        first.run.thread_id,
        RunCreate(
            assistant_id=first.run.assistant_id,
            additional_messages=[message((file, "file_search"))],
        ),
    )
    await nodes.reach(record, "completed")

    assert TEA in nodes.script.requests[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize("tool", ["file_search", "code_interpreter"])
async def test_a_message_with_a_file_that_is_not_there_is_refused(nodes, library, tool):
    file = await library.upload("tea.txt", TEA)
    await library.engine.files.delete(PROJECT, file.id)
    thread = await new_thread(library)

    with pytest.raises(MissingError):
        await library.engine.messages.create(PROJECT, thread.id, message((file, tool)))

    assert (await nodes.storage.messages.page(PROJECT, thread.id, ALL)).items == []


async def test_a_file_that_cannot_be_searched_is_refused(nodes, library):
    file = await library.upload("data.csv", "1,2")

    with pytest.raises(InvalidRequestError) as caught:
        await new_thread(library, message((file, "file_search")))

    assert caught.value.code == "unsupported_file"
    assert (await nodes.storage.threads.page(PROJECT, ALL)).items == []
    assert await stores(nodes) == []


async def test_a_picture_reaches_the_model_as_a_data_url(nodes, library):
    file = await library.upload("cat.png", PNG, purpose="vision")

    await nodes.reach(await library.run(messages=[picture(file, detail="low")]), "completed")

    (asked,) = nodes.script.requests[0].body["messages"]
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert asked["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
    ]


@pytest.mark.parametrize(
    ("filename", "start", "media_type"),
    [
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.GIF", b"GIF89a", "image/gif"),
        ("a.webp", b"RIFF\x10\0\0\0WEBP", "image/webp"),
        ("named.jpg", PNG, "image/png"),
    ],
)
async def test_a_picture_is_of_the_kind_that_its_bytes_say(
    nodes, library, filename, start, media_type
):
    file = await library.upload(filename, start)

    await nodes.reach(await library.run(messages=[picture(file)]), "completed")

    _, part = nodes.script.requests[0].body["messages"][0]["content"]
    assert part["image_url"]["url"].startswith(f"data:{media_type};base64,")


async def test_a_picture_that_was_deleted_since_is_left_out(nodes, library):
    file = await library.upload("cat.png", PNG)
    thread = await new_thread(library, picture(file))
    await library.engine.files.delete(PROJECT, file.id)
    assistant = await library.engine.assistants.create(PROJECT, AssistantCreate(model="m"))

    record = await library.engine.runs.create(
        PROJECT, thread.id, RunCreate(assistant_id=assistant.id)
    )
    await nodes.reach(record, "completed")

    (asked,) = nodes.script.requests[0].body["messages"]
    assert asked["content"] == "What is this?"


async def test_a_picture_has_to_be_one(library, monkeypatch):
    text = await library.upload("tea.txt", TEA)
    unnamed = await library.upload("cat", PNG)
    thread = await new_thread(library)
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    large = await library.upload("cat.png", PNG)

    for file, words in (
        (text, "a supported format: .jpeg, .jpg, .png, .gif, .webp but got .txt."),
        (unnamed, "a supported format: .jpeg, .jpg, .png, .gif, .webp but got none."),
        (large, "an image of at most 10 bytes but got 264 bytes."),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            await library.engine.messages.create(PROJECT, thread.id, picture(file))
        assert caught.value.message.startswith("Invalid message content: Expected ")
        assert caught.value.message.endswith(words)


async def test_a_picture_has_to_be_there(library):
    file = await library.upload("cat.png", PNG)
    await library.engine.files.delete(PROJECT, file.id)

    with pytest.raises(MissingError):
        await new_thread(library, picture(file))


def helper(*files, **fields):
    vector_store = VectorStoreHelper(file_ids=[file.id for file in files], **fields)
    search = NewFileSearchResourcesInput(vector_stores=[vector_store])
    return NewToolResourcesInput(file_search=search)


async def test_a_vector_store_is_made_along_with_an_assistant(library):
    file = await library.upload("tea.txt", TEA)

    assistant = await library.engine.assistants.create(
        PROJECT, AssistantCreate(model="m", tool_resources=helper(file, metadata={"a": "1"}))
    )

    (store_id,) = assistant.tool_resources.file_search.vector_store_ids
    store = await library.read(await library.find(store_id))
    assert (store.metadata, store.expires_after, store.file_counts.completed) == (
        {"a": "1"},
        None,
        1,
    )


async def test_a_vector_store_that_is_made_along_with_a_thread_expires(library):
    thread = await new_thread(library, tool_resources=helper())

    (store_id,) = thread.tool_resources.file_search.vector_store_ids
    store = await library.find(store_id)
    assert store.expires_at == store.last_active_at + WEEK


@pytest.mark.parametrize(
    "named",
    [
        ToolResourcesInput(file_search=FileSearchResourcesInput(vector_store_ids=["vs_x"])),
        ToolResourcesInput(code_interpreter=CodeInterpreterResourcesInput(file_ids=["file-x"])),
        NewToolResourcesInput(
            file_search=NewFileSearchResourcesInput(
                vector_stores=[VectorStoreHelper(file_ids=["file-x"])]
            )
        ),
    ],
)
async def test_tool_resources_have_to_be_there(nodes, library, named):
    thread = await new_thread(library)
    assistant = await library.engine.assistants.create(PROJECT, AssistantCreate(model="m"))

    for calling in (
        library.engine.threads.create(PROJECT, ThreadCreate(tool_resources=named)),
        library.engine.threads.update(PROJECT, thread.id, ThreadUpdate(tool_resources=named)),
        library.engine.assistants.create(PROJECT, AssistantCreate(model="m", tool_resources=named)),
        library.engine.assistants.update(
            PROJECT, assistant.id, AssistantUpdate(tool_resources=named)
        ),
    ):
        with pytest.raises(MissingError):
            await calling
    assert await stores(nodes) == []


async def test_a_deleted_file_is_gone_everywhere(nodes, library):
    file = await library.upload("tea.txt", TEA)
    thread = await new_thread(library, message((file, "file_search", "code_interpreter")))
    (store_id,) = (await resources(nodes, thread)).file_search.vector_store_ids
    await library.read(await library.find(store_id))

    await library.engine.files.delete(PROJECT, file.id)

    assert (await resources(nodes, thread)).code_interpreter.file_ids == []
    assert (await library.find(store_id)).file_counts.total == 0
    assert await nodes.contents.names() == []
    with pytest.raises(MissingError):
        await library.engine.files.delete(PROJECT, file.id)
