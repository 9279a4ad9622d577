"""A conversation by the SDK of Azure AI Agents: `python azure_agents.py URL`."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import tempfile
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from azure.ai.agents import AgentsClient
from azure.ai.agents.aio import AgentsClient as AsyncAgentsClient
from azure.ai.agents.models import (
    AsyncFunctionTool,
    AsyncToolSet,
    FilePurpose,
    FileSearchTool,
    FunctionTool,
    MessageRole,
    ToolSet,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import AzureKeyCredentialPolicy
from azure_agents_handlers import AsyncCountingHandler, CountingHandler

MODEL = "gpt-4o"
TWO_CITIES = "How is the weather in Oslo and in Rome?"
KEY = AzureKeyCredential("sk-test")
WHALES = b"Whales are the largest animals that ever lived."
OWLS = b"# Owls\n\nOwls hunt at night, and hear a mouse under the snow."
QUICKLY: Any = {"polling_interval": 0.02}


def get_weather(city: str) -> str:
    """Tells the weather.

    :param city: Where.
    :return: The weather.
    """
    return {"Oslo": "rain", "Rome": "sun"}[city]


async def get_weather_soon(city: str) -> str:
    """Tells the weather.

    :param city: Where.
    :return: The weather.
    """
    return get_weather(city)


def options(url: str) -> Any:
    """The endpoint, and a key in place of a token: tokens are sent over TLS alone."""
    policy = AzureKeyCredentialPolicy(KEY, "api-key")
    return {"endpoint": f"{url}/v1", "credential": KEY, "authentication_policy": policy}


def new_agent(client: AgentsClient) -> str:
    tools = ToolSet()
    tools.add(FunctionTool({get_weather}))
    client.enable_auto_function_calls(tools)
    return client.create_agent(model=MODEL, name="Ann", instructions="Be kind.", toolset=tools).id


def texts(messages: Any) -> list[str]:
    return [part.text.value for message in messages for part in message.text_messages]


def objects(client: AgentsClient) -> dict[str, Any]:
    """Everything that is made, read, changed and removed."""
    agent = client.create_agent(model=MODEL, name="Ann", metadata={"a": "1"})
    thread = client.threads.create(metadata={"b": "2"})
    message = client.messages.create(thread.id, role=MessageRole.USER, content="Hello")
    ids = {"thread_id": thread.id, "message_id": message.id}
    saw = {
        "agent read": client.get_agent(agent.id) == agent,
        "agent renamed": client.update_agent(agent.id, name="Eve").name,
        "thread read": client.threads.get(thread.id).metadata,
        "thread changed": client.threads.update(thread.id, metadata={"c": "3"}).metadata,
        "message read": client.messages.get(**ids) == message,
        "message changed": client.messages.update(**ids, metadata={"d": "4"}).metadata,
    }
    client.threads.delete(thread.id)
    client.delete_agent(agent.id)
    return {**saw, "deleted": refusal(lambda: client.get_agent(agent.id), {"asst_id": agent.id})}


def lists(client: AgentsClient) -> dict[str, Any]:
    """Lists over more than two pages, in both orders; that of threads is Azure's own."""
    numbers: Any = [{"role": "user", "content": str(number)} for number in range(45)]
    thread = client.threads.create(messages=numbers).id
    threads = [client.threads.create().id for _ in range(5)]
    agents = [client.create_agent(model=MODEL).id for _ in range(5)]
    listed = islice(client.threads.list(limit=2), 5)
    return {
        "newest first": texts(client.messages.list(thread)),
        "oldest first": texts(client.messages.list(thread, order="asc", limit=7)),
        "threads": [thread.id for thread in listed] == threads[::-1],
        "agents": [a.id for a in islice(client.list_agents(limit=2), 5)] == agents[::-1],
    }


def processing(client: AgentsClient) -> dict[str, Any]:
    """Two runs on one thread, by the helper that waits and calls the functions."""
    agent, thread = new_agent(client), client.threads.create().id
    statuses: list[str] = []
    for text in (TWO_CITIES, "Thank you."):
        client.messages.create(thread, role="user", content=text)
        run = client.runs.create_and_process(thread, agent_id=agent, **QUICKLY)
        statuses.append(str(run.status.value))
    first = next(iter(client.runs.list(thread, order="asc")))
    steps = list(client.run_steps.list(thread, first.id, order="asc"))
    step = client.run_steps.get(
        thread,
        first.id,
        steps[1].id,
        include=["step_details.tool_calls[*].file_search.results[*].content"],
    )
    calls: Any = step.step_details
    return {
        "statuses": statuses,
        "steps": [str(step.type.value) for step in steps],
        "outputs": [call.function["output"] for call in calls.tool_calls],
        "said": texts(client.messages.list(thread, order="asc")),
        "last": client.messages.get_last_message_text_by_role(thread, MessageRole.AGENT).text.value,
    }


def files(client: AgentsClient) -> dict[str, Any]:
    """Files by path and as bytes, a vector store with each of the helpers that wait, and a run that searches it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whales.txt"
        path.write_bytes(WHALES)
        whales = client.files.upload(file_path=str(path), purpose=FilePurpose.AGENTS).id
    owls = client.files.upload_and_poll(
        file=io.BytesIO(OWLS), filename="owls.md", purpose=FilePurpose.AGENTS
    )
    stores, names = client.vector_stores, {whales: "whales", owls.id: "owls"}
    store = stores.create_and_poll(name="Animals", file_ids=[whales], **QUICKLY)
    added = client.vector_store_files.create_and_poll(store.id, file_id=owls.id, **QUICKLY)
    batch = client.vector_store_file_batches.create_and_poll(
        store.id, file_ids=[whales, owls.id], **QUICKLY
    )
    search = FileSearchTool(vector_store_ids=[store.id])
    agent = client.create_agent(
        model=MODEL, tools=search.definitions, tool_resources=search.resources
    ).id
    thread = client.threads.create().id
    client.messages.create(thread, role="user", content="Search for whales.")
    run = client.runs.create_and_process(thread, agent_id=agent, **QUICKLY)
    [answer] = client.messages.list(thread, run_id=run.id)
    [citation] = answer.file_citation_annotations
    files_of_store = list(client.vector_store_files.list(store.id, limit=1))
    saw = {
        "statuses": [each.status.value for each in (owls, store, added, batch)],
        "listed": sorted(names[file.id] for file in files_of_store),
        "file read": client.vector_store_files.get(store.id, whales).status == "completed",
        "batch read": client.vector_store_file_batches.get(store.id, batch.id).id == batch.id,
        "of the batch": len(
            list(client.vector_store_file_batches.list_files(store.id, batch.id, limit=1))
        ),
        "changed": stores.modify(store.id, name="Beasts").name,
        "stores": [each.id for each in stores.list(limit=1)] == [store.id],
        "answer": [answer.text_messages[0].text.value, names[citation.file_citation.file_id]],
        "files": len(client.files.list(purpose=FilePurpose.AGENTS).data),
        "file": client.files.get(whales).filename,
    }
    client.vector_store_files.delete(store.id, whales)
    stores.delete(store.id)
    client.files.delete(whales)
    return {**saw, "gone": refusal(lambda: client.files.get(whales), {"file_id": whales})}


def streaming(client: AgentsClient) -> dict[str, Any]:
    """One handler hears of the whole run: its functions are called, and their outputs submitted, on the way."""
    agent, thread, handler = new_agent(client), client.threads.create().id, CountingHandler()
    client.messages.create(thread, role="user", content=TWO_CITIES)
    with client.runs.stream(thread, agent_id=agent, event_handler=handler) as stream:
        stream.until_done()
    return handler.seen


def cancelling(client: AgentsClient) -> list[str]:
    agent = client.create_agent(model=MODEL, instructions="Be kind.", tools=weather_alone()).id
    run = client.create_thread_and_run(
        agent_id=agent, thread={"messages": [{"role": "user", "content": TWO_CITIES}]}
    )
    while run.status in {"queued", "in_progress"}:
        run = client.runs.get(run.thread_id, run.id)
    seen = [run.status, client.runs.cancel(run.thread_id, run.id).status]
    while run.status in {"requires_action", "cancelling"}:
        run = client.runs.get(run.thread_id, run.id)
    return [str(status.value) for status in (*seen, run.status)]


def weather_alone() -> Any:
    return FunctionTool({get_weather}).definitions


def errors(client: AgentsClient) -> dict[str, Any]:
    agent = client.create_agent(model=MODEL, instructions="Be kind.", tools=weather_alone()).id
    run = client.create_thread_and_run(
        agent_id=agent, thread={"messages": [{"role": "user", "content": "Wait."}]}
    )
    ids = {"thread_id": run.thread_id, "run_id": run.id}
    saw = {
        "missing": refusal(lambda: client.threads.get("thread_gone")),
        "locked": refusal(
            lambda: client.messages.create(run.thread_id, role="user", content="Well?"), ids
        ),
    }
    client.runs.cancel(run.thread_id, run.id)
    return saw


def refusal(call: Any, names: dict[str, str] | None = None) -> list[Any]:
    """The class of the error and what it says, with names for ids that are never the same."""
    try:
        call()
    except HttpResponseError as error:
        text = str(error.error.message)  # pyright: ignore[reportOptionalMemberAccess]
        for name, value in (names or {}).items():
            text = text.replace(value, name)
        return [type(error).__name__, error.status_code, text]
    return ["not refused"]


async def asynchronously(url: str) -> dict[str, Any]:
    """The same stream by the asynchronous client, and a list."""
    tools = AsyncToolSet()
    tools.add(AsyncFunctionTool({get_weather_soon}))
    async with AsyncAgentsClient(**options(url)) as client:
        client.enable_auto_function_calls(tools)
        agent = await client.create_agent(model=MODEL, instructions="Be kind.", toolset=tools)
        thread, handler = (await client.threads.create()).id, AsyncCountingHandler()
        await client.messages.create(thread, role="user", content=TWO_CITIES)
        async with await client.runs.stream(
            thread, agent_id=agent.id, event_handler=handler
        ) as stream:
            await stream.until_done()
        said = [message async for message in client.messages.list(thread, order="asc", limit=1)]
    return {**handler.seen, "said": texts(said)}


def main(url: str) -> None:
    chapters = (objects, lists, processing, streaming, files, cancelling, errors)
    with AgentsClient(**options(url)) as client:
        saw: dict[str, Any] = {chapter.__name__: chapter(client) for chapter in chapters}
    saw["async"] = asyncio.run(asynchronously(url))
    print(json.dumps({"version": version("azure-ai-agents"), "saw": saw}))


if __name__ == "__main__":
    main(sys.argv[1])
