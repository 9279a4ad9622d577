"""The same with `await`: ten conversations at once.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

import asyncio

from threadkeep import AsyncClient


async def ask(client: AsyncClient, assistant_id: str, question: str) -> str:
    """The answer to one question, on a thread of its own."""
    async with client.threads.create_and_run_stream(
        assistant_id=assistant_id, thread={"messages": [{"role": "user", "content": question}]}
    ) as stream:
        return "".join([text async for text in stream.text_deltas])


async def main() -> None:
    """Ask, and show what came."""
    async with AsyncClient() as client:
        assistant = await client.assistants.create(model="gpt-4o-mini")
        questions = [f"What is {number} times {number}?" for number in range(10)]
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(client, assistant.id, text)) for text in questions]
        print(len([answer for answer in asked if answer.result()]), "answers")
        async for model in client.models.list():
            print("model", model.id)


asyncio.run(main())
