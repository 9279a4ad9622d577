"""What the official Python SDK does with files and vector stores, chapter by chapter; each says what it saw."""

from __future__ import annotations

from typing import Any

import openai
from openai_chapters import MODEL, QUICKLY, refusal, said_first
from openai_handlers import CountingHandler

NAMES = ["ants", "bees", "cats", "dogs", "eels"]
WHALES = ("whales.txt", b"Whales are the largest animals that ever lived.")
OWLS = ("owls.md", b"# Owls\n\nOwls hunt at night, and hear a mouse under the snow.")
INCLUDE: Any = ["step_details.tool_calls[*].file_search.results[*].content"]


def text_file(name: str) -> tuple[str, bytes]:
    return f"{name}.txt", f"All about {name}.".encode()


def files(client: openai.OpenAI) -> dict[str, Any]:
    """Files are uploaded, listed over more than two pages, downloaded and removed."""
    made = [client.files.create(file=text_file(n), purpose="assistants") for n in NAMES]
    lines = client.files.create(file=("你好.jsonl", b'{"a": 1}\n'), purpose="batch")
    read = client.files.retrieve(lines.id)
    listed = client.files.list(limit=2, purpose="assistants")
    return {
        "processed": client.files.wait_for_processing(made[0].id, poll_interval=0.02).status,
        "read": [read == lines, read.filename, read.bytes, read.purpose],
        "pages": [len(page.data) for page in listed.iter_pages()],
        "listed": [file.id for file in client.files.list(limit=2, purpose="assistants")]
        == [file.id for file in reversed(made)],
        "downloaded": client.files.content(lines.id).text,
        "not to be downloaded": refusal(lambda: client.files.content(made[0].id)),
        "deleted": [client.files.delete(file.id).deleted for file in [*made, lines]],
        "gone": refusal(lambda: client.files.retrieve(lines.id), {"file_id": lines.id}),
    }


def vector_stores(client: openai.OpenAI) -> dict[str, Any]:
    """A vector store is filled by each of the helpers that wait, searched, and removed."""
    stores = client.vector_stores
    made = [stores.create(name=f"Store {n}").id for n in range(5)]
    store = stores.create(
        name="Animals",
        metadata={"a": "1"},
        expires_after={"anchor": "last_active_at", "days": 7},
    )
    on: Any = {"vector_store_id": store.id}
    whales = client.files.create(file=WHALES, purpose="assistants").id
    two = [client.files.create(file=text_file(n), purpose="assistants").id for n in NAMES[:2]]
    added = stores.files.create_and_poll(whales, **on, attributes={"sea": True}, **QUICKLY)
    sent = stores.files.upload_and_poll(**on, file=OWLS, **QUICKLY)
    batch = stores.file_batches.create_and_poll(store.id, file_ids=two, **QUICKLY)
    uploads: Any = [text_file(name) for name in NAMES[2:]]
    last = stores.file_batches.upload_and_poll(
        store.id, files=uploads, max_concurrency=2, **QUICKLY
    )
    found = stores.search(
        store.id, query="largest animals", filters={"type": "eq", "key": "sea", "value": True}
    ).data
    saw = {
        "files": [added.status, added.attributes, sent.status, sent.attributes],
        "batches": [
            [b.status, b.file_counts.completed, b.file_counts.total] for b in (batch, last)
        ],
        "of the batch": sorted(f.id for f in stores.file_batches.list_files(batch.id, **on))
        == sorted(two),
        "batch read": stores.file_batches.retrieve(batch.id, **on).status,
        "cancelled too late": stores.file_batches.cancel(batch.id, **on).status,
        "pages": [len(page.data) for page in stores.files.list(store.id, limit=3).iter_pages()],
        "of a kind": len(stores.files.list(store.id, filter="failed").data),
        "counts": stores.retrieve(store.id).file_counts.model_dump(),
        "found": [[hit.filename, hit.content[0].text, 0 < hit.score <= 1] for hit in found],
        "text": [part.text for part in stores.files.content(whales, **on)],
        "file read": stores.files.retrieve(whales, **on).status,
        "file changed": stores.files.update(whales, **on, attributes={"legs": 0}).attributes,
        "file removed": stores.files.delete(whales, **on).deleted,
        "changed": stores.update(store.id, name="Beasts").name,
        "stores": [each.id for each in stores.list(limit=2)] == [store.id, *reversed(made)],
        "removed": [stores.delete(each).deleted for each in (store.id, *made)],
    }
    return {**saw, "gone": refusal(lambda: stores.retrieve(store.id), {"vs_id": store.id})}


def searching(client: openai.OpenAI) -> dict[str, Any]:
    """A run searches the assistant's vector store and the file of a message, and cites what it found."""
    threads = client.beta.threads
    whales = client.files.create(file=WHALES, purpose="assistants").id
    owls = client.files.create(file=OWLS, purpose="assistants").id
    store = client.vector_stores.create(name="Animals", file_ids=[whales]).id
    client.vector_stores.files.poll(whales, vector_store_id=store, **QUICKLY)
    assistant = client.beta.assistants.create(
        model=MODEL,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store]}},
    ).id
    thread: Any = said_first("Search for whales.")
    thread["messages"][0]["attachments"] = [{"file_id": owls, "tools": [{"type": "file_search"}]}]
    handler = CountingHandler()
    with threads.create_and_run_stream(
        assistant_id=assistant, thread=thread, event_handler=handler
    ) as stream:
        run = stream.get_final_run()
        [message] = stream.get_final_messages()
    ids = {"thread_id": run.thread_id, "run_id": run.id}
    steps = threads.runs.steps.list(**ids, order="asc", include=INCLUDE).data
    bare = threads.runs.steps.retrieve(steps[0].id, **ids)
    threads.messages.create(run.thread_id, role="user", content="Search for a mouse.")
    second = threads.runs.create_and_poll(
        thread_id=run.thread_id, assistant_id=assistant, **QUICKLY
    )
    [answer] = threads.messages.list(run.thread_id, run_id=second.id).data
    own: Any = threads.retrieve(run.thread_id).tool_resources
    return {
        "stream": handler.seen,
        "first": cited(message, {whales: "whales", owls: "owls"}),
        "second": cited(answer, {whales: "whales", owls: "owls"}),
        "results": [results(steps[0]), results(bare)],
        "store of the thread": len(own.file_search.vector_store_ids) == 1,
    }


def cited(message: Any, names: dict[str, str]) -> list[Any]:
    """The text with what its citations stand for, whether each is where it says, and what it quotes."""
    value, annotations = message.content[0].text.value, message.content[0].text.annotations
    found = [(a.file_citation, value[a.start_index : a.end_index] == a.text) for a in annotations]
    return [value, [[names[cited.file_id], at, cited.quote] for cited, at in found]]


def results(step: Any) -> list[Any]:
    """What the search of a step found; the text only where it was asked for."""
    found = step.step_details.tool_calls[0].file_search.results
    return [[hit.file_name, bool(hit.content)] for hit in found]
