"""A conversation by LangChain's OpenAIAssistantRunnable: `python langchain_runnable.py URL`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import langchain
from langchain.agents import AgentExecutor
from langchain.agents.openai_assistant import OpenAIAssistantRunnable
from langchain_core.tools import tool
from openai import AsyncOpenAI, OpenAI

TWO_CITIES = "How is the weather in Oslo and in Rome?"


@tool
def get_weather(city: str) -> str:
    """Tells the weather in a city."""
    return {"Oslo": "rain", "Rome": "sun"}[city]


def new_runnable(url: str, **options: Any) -> OpenAIAssistantRunnable:
    keys = {"base_url": f"{url}/v1", "api_key": "sk-test", "max_retries": 0}
    return OpenAIAssistantRunnable.create_assistant(
        name="Ann",
        instructions="Be kind.",
        tools=[get_weather],
        model="gpt-4o",
        client=OpenAI(**keys),
        async_client=AsyncOpenAI(**keys),
        check_every_ms=20,
        **options,
    )


def by_executor(url: str) -> dict[str, Any]:
    """The agent executor calls the tools itself; then a second question on the same thread."""
    executor = AgentExecutor(agent=new_runnable(url, as_agent=True), tools=[get_weather])
    first = executor.invoke({"content": TWO_CITIES, "message_metadata": {"a": "1"}})
    second = executor.invoke({"content": "Thank you.", "thread_id": first["thread_id"]})
    return {"first": first["output"], "second": second["output"]}


def by_hand(url: str) -> dict[str, Any]:
    """The caller looks at the calls and gives their outputs; the runnable answers with the SDK's own objects."""
    runnable = new_runnable(url)
    threads = runnable.client.beta.threads
    thread = threads.create().id
    calls: Any = runnable.invoke({"content": TWO_CITIES, "thread_id": thread})
    outputs = [
        {"tool_call_id": call.id, "output": get_weather.invoke(json.loads(call.function.arguments))}
        for call in calls
    ]
    [run] = threads.runs.list(thread).data
    messages: Any = runnable.invoke(
        {"tool_outputs": outputs, "run_id": run.id, "thread_id": thread}
    )
    return {
        "calls": [[call.function.name, call.function.arguments] for call in calls],
        "answers": [message.content[0].text.value for message in messages],
    }


def after_many_messages(url: str) -> str:
    """The answer is found although it stands on the third page."""
    runnable = new_runnable(url, as_agent=True)
    thread = runnable.client.beta.threads.create(
        messages=[{"role": "user", "content": str(number)} for number in range(45)]
    )
    finish: Any = runnable.invoke({"content": "Well?", "thread_id": thread.id})
    return finish.return_values["output"]


async def asynchronously(url: str) -> list[str]:
    """The same by the asynchronous half; it reads the answer by the synchronous client."""
    runnable = new_runnable(url, as_agent=True)
    actions: Any = await runnable.ainvoke({"content": "How is it in Oslo?"})
    steps = [(action, get_weather.invoke(action.tool_input)) for action in actions]
    finish: Any = await runnable.ainvoke({"content": "", "intermediate_steps": steps})
    return [action.tool for action in actions] + [finish.return_values["output"]]


def with_attachment(url: str) -> list[Any]:
    """The message brings a file, which the run searches and cites."""
    client = OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0)
    file = client.files.create(file=("whales.txt", b"Whales are large."), purpose="assistants")
    searching: Any = {"type": "file_search"}
    runnable = OpenAIAssistantRunnable.create_assistant(
        name="Bob",
        instructions="Search.",
        tools=[searching],
        model="gpt-4o",
        client=client,
        as_agent=True,
        check_every_ms=20,
    )
    question = {
        "content": "Search for whales.",
        "attachments": [{"file_id": file.id, "tools": [searching]}],
    }
    finish: Any = runnable.invoke(question)
    return [finish.return_values["output"], finish.return_values["attachments"]]


def failing(url: str) -> str:
    try:
        new_runnable(url).invoke({"content": "Fail."})
    except ValueError as error:
        return str(error).partition(" Full run info")[0]
    return "not refused"


def main(url: str) -> None:
    saw = {
        "executor": by_executor(url),
        "by hand": by_hand(url),
        "third page": after_many_messages(url),
        "async": asyncio.run(asynchronously(url)),
        "attachment": with_attachment(url),
        "failing": failing(url),
    }
    print(json.dumps({"version": langchain.__version__, "saw": saw}))


if __name__ == "__main__":
    main(sys.argv[1])
