"""The conversation once more, by the asynchronous client of the official Python SDK."""

from __future__ import annotations

from typing import Any

import openai
from openai_chapters import (
    MODEL,
    QUICKLY,
    RAIN_AND_SUN,
    TWO_CITIES,
    WEATHER,
    outputs_for,
    said_first,
    texts,
)
from openai_file_chapters import NAMES, OWLS, WHALES, text_file
from openai_handlers import AsyncCountingHandler


async def conversation(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """Runs that are waited for, runs that are streamed, and a list of more than two pages."""
    assistant = await client.beta.assistants.create(
        model=MODEL, instructions="Be kind.", tools=[WEATHER]
    )
    return {
        "polling": await polling(client, assistant.id),
        "streaming": await streaming(client, assistant.id),
        "listed": await listed(client),
        "files": await files(client),
    }


async def polling(client: openai.AsyncOpenAI, assistant: str) -> list[Any]:
    threads = client.beta.threads
    waiting = await threads.create_and_run_poll(
        assistant_id=assistant, thread=said_first(TWO_CITIES), **QUICKLY
    )
    thread = {"thread_id": waiting.thread_id}
    answered = await threads.runs.submit_tool_outputs_and_poll(
        run_id=waiting.id, tool_outputs=outputs_for(waiting, RAIN_AND_SUN), **thread, **QUICKLY
    )
    await threads.messages.create(**thread, role="user", content="Thank you.")
    second = await threads.runs.create_and_poll(assistant_id=assistant, **thread, **QUICKLY)
    messages = await threads.messages.list(**thread, order="asc")
    return [waiting.status, answered.status, second.status, texts(messages.data)]


async def streaming(client: openai.AsyncOpenAI, assistant: str) -> dict[str, Any]:
    threads = client.beta.threads
    calling, answering, third = (AsyncCountingHandler() for _ in range(3))
    async with threads.create_and_run_stream(
        assistant_id=assistant, thread=said_first(TWO_CITIES), event_handler=calling
    ) as stream:
        waiting = await stream.get_final_run()
    thread = {"thread_id": waiting.thread_id}
    async with threads.runs.submit_tool_outputs_stream(
        **thread,
        run_id=waiting.id,
        tool_outputs=outputs_for(waiting, RAIN_AND_SUN),
        event_handler=answering,
    ) as stream:
        await stream.until_done()
    await threads.messages.create(**thread, role="user", content="Thank you.")
    async with threads.runs.stream(**thread, assistant_id=assistant, event_handler=third) as stream:
        await stream.until_done()
    return {"call": calling.seen, "answer": answering.seen, "third": third.seen}


async def listed(client: openai.AsyncOpenAI) -> list[str]:
    numbers: Any = [{"role": "user", "content": str(number)} for number in range(25)]
    thread = await client.beta.threads.create(messages=numbers)
    found = client.beta.threads.messages.list(thread.id, limit=10)
    return texts([message async for message in found])


async def files(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """All helpers that wait for files to be read."""
    stores = client.vector_stores
    store: Any = {"vector_store_id": (await stores.create(name="Animals")).id}
    whales = await client.files.create(file=WHALES, purpose="assistants")
    processed = await client.files.wait_for_processing(whales.id, poll_interval=0.02)
    added = await stores.files.create_and_poll(whales.id, **store, **QUICKLY)
    sent = await stores.files.upload_and_poll(file=OWLS, **store, **QUICKLY)
    batch = await stores.file_batches.create_and_poll(file_ids=[whales.id], **store, **QUICKLY)
    uploads: Any = [text_file(name) for name in NAMES]
    last = await stores.file_batches.upload_and_poll(files=uploads, **store, **QUICKLY)
    listed = [file.id async for file in stores.files.list(**store, limit=2)]
    found = await stores.search(**store, query="largest animals", max_num_results=1)
    return {
        "statuses": [each.status for each in (processed, added, sent, batch, last)],
        "uploaded": last.file_counts.completed,
        "listed": len(listed),
        "found": [hit.filename async for hit in found],
    }
