"""The client on a server in this very process: one file, no port; synchronously, then asynchronously.

THREADKEEP_UPSTREAM_URL=http://127.0.0.1:11434/v1 python examples/embedded_client.py threads.db
"""

import asyncio
import sys

from threadkeep import embedded

path = sys.argv[1]

with embedded.client(path) as client:
    assistant = client.assistants.create(model="any", instructions="Answer briefly.")
    thread = client.threads.create(messages=[{"role": "user", "content": "What is rain?"}])
    run = client.threads.runs.create_and_poll(thread.id, assistant_id=assistant.id)
    print(run.status)


async def go_on() -> None:
    """Open the same file from an event loop, and ask another question on the thread."""
    async with embedded.async_client(path) as client:
        await client.threads.messages.create(thread.id, role="user", content="And what is snow?")
        async with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            async for text in stream.text_deltas:
                print(text, end="")
        print()
        print(len([message async for message in client.threads.messages.list(thread.id)]))


asyncio.run(go_on())
