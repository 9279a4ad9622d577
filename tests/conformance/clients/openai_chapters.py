"""What the official Python SDK does in a conversation, chapter by chapter; each says what it saw."""

from __future__ import annotations

from itertools import islice
from typing import Any

import openai
from openai_handlers import CountingHandler

MODEL = "gpt-4o"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
QUICKLY = {"poll_interval_ms": 20}
TWO_CITIES = "How is the weather in Oslo and in Rome?"
RAIN_AND_SUN = ["rain", "sun"]


def new_assistant(client: openai.OpenAI) -> str:
    return client.beta.assistants.create(model=MODEL, instructions="Be kind.", tools=[WEATHER]).id


def said_first(text: str) -> Any:
    return {"messages": [{"role": "user", "content": text}]}


def outputs_for(run: Any, outputs: list[str]) -> Any:
    """The outputs for the calls that the run waits for, in their order."""
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [
        {"tool_call_id": call.id, "output": output}
        for call, output in zip(calls, outputs, strict=True)
    ]


def texts(messages: Any) -> list[str]:
    return [part.text.value for m in messages for part in m.content if part.type == "text"]


def objects(client: openai.OpenAI) -> dict[str, Any]:
    """Everything that is made, read, changed and removed."""
    assistants, threads = client.beta.assistants, client.beta.threads
    made = assistants.create(
        model=MODEL, name="Ann", tools=[WEATHER, {"type": "file_search"}], metadata={"a": "1"}
    )
    thread = threads.create(**said_first("Hello"), metadata={"b": "2"})
    message = threads.messages.create(thread.id, role="user", content="Are you there?")
    ids = {"thread_id": thread.id}
    return {
        "assistant read": assistants.retrieve(made.id) == made,
        "tools": [tool.type for tool in made.tools],
        "assistant renamed": assistants.update(made.id, name="Eve").name,
        "thread read": threads.retrieve(thread.id).metadata,
        "thread changed": threads.update(thread.id, metadata={"c": "3"}).metadata,
        "message read": threads.messages.retrieve(message.id, **ids) == message,
        "message changed": threads.messages.update(message.id, **ids, metadata={"d": "4"}).metadata,
        "message deleted": threads.messages.delete(message.id, **ids).deleted,
        "thread deleted": threads.delete(thread.id).deleted,
        "assistant deleted": assistants.delete(made.id).deleted,
        "model": client.models.retrieve("scripted-model").id,
        "models": [model.id for model in client.models.list()],
    }


def lists(client: openai.OpenAI) -> dict[str, Any]:
    """Lists over more than two pages, in both orders, from a cursor on."""
    messages = client.beta.threads.messages
    numbers = [{"role": "user", "content": str(number)} for number in range(45)]
    thread: Any = client.beta.threads.create(messages=numbers).id  # pyright: ignore[reportArgumentType]
    oldest_first = [m.id for m in messages.list(thread, order="asc", limit=100)]
    before = messages.list(thread, order="asc", before=oldest_first[10], limit=4)
    made = [client.beta.assistants.create(model=MODEL, name=f"List {n}").id for n in range(5)]
    listed = islice(client.beta.assistants.list(limit=2), 5)
    return {
        "newest first": texts(messages.list(thread)),
        "oldest first": texts(messages.list(thread, order="asc", limit=7)),
        "pages": [len(page.data) for page in messages.list(thread).iter_pages()],
        "after": texts(messages.list(thread, order="asc", after=oldest_first[41])),
        "before": texts(before.data),
        "assistants": [assistant.id for assistant in listed] == made[::-1],
    }


def polling(client: openai.OpenAI) -> dict[str, Any]:
    """Two runs on one thread, by the helpers that wait."""
    assistant, threads = new_assistant(client), client.beta.threads
    waiting = threads.create_and_run_poll(
        assistant_id=assistant, thread=said_first(TWO_CITIES), **QUICKLY
    )
    ids = {"thread_id": waiting.thread_id, "run_id": waiting.id}
    answered = threads.runs.submit_tool_outputs_and_poll(
        **ids, tool_outputs=outputs_for(waiting, RAIN_AND_SUN), **QUICKLY
    )
    threads.messages.create(waiting.thread_id, role="user", content="Thank you.")
    second = threads.runs.create_and_poll(
        thread_id=waiting.thread_id, assistant_id=assistant, **QUICKLY
    )
    steps = threads.runs.steps.list(waiting.id, thread_id=waiting.thread_id, order="asc").data
    step = threads.runs.steps.retrieve(
        steps[1].id, **ids, include=["step_details.tool_calls[*].file_search.results[*].content"]
    )
    return {
        "statuses": [waiting.status, answered.status, second.status],
        "tokens": answered.usage and answered.usage.total_tokens,
        "steps": [(step.type, step.status) for step in steps],
        "outputs": [call.function.output for call in step.step_details.tool_calls],  # pyright: ignore[reportAttributeAccessIssue]
        "said": texts(threads.messages.list(waiting.thread_id, order="asc")),
        "said by the run": texts(threads.messages.list(waiting.thread_id, run_id=second.id)),
        "runs": [run.id for run in threads.runs.list(waiting.thread_id)] == [second.id, waiting.id],
        "run changed": threads.runs.update(**ids, metadata={"e": "5"}).metadata,
        "run read": threads.runs.retrieve(**ids).status,
    }


def streaming(client: openai.OpenAI) -> dict[str, Any]:
    """The same by event handlers, and a third run by raw events."""
    assistant, threads = new_assistant(client), client.beta.threads
    calling, answering, third = CountingHandler(), CountingHandler(), CountingHandler()
    with threads.create_and_run_stream(
        assistant_id=assistant, thread=said_first(TWO_CITIES), event_handler=calling
    ) as stream:
        waiting = stream.get_final_run()
    with threads.runs.submit_tool_outputs_stream(
        thread_id=waiting.thread_id,
        run_id=waiting.id,
        tool_outputs=outputs_for(waiting, RAIN_AND_SUN),
        event_handler=answering,
    ) as stream:
        pieces = list(stream.text_deltas)
    threads.messages.create(waiting.thread_id, role="user", content="Thank you.")
    with threads.runs.stream(
        thread_id=waiting.thread_id, assistant_id=assistant, event_handler=third
    ) as stream:
        messages = stream.get_final_messages()
        steps = stream.get_final_run_steps()
    raw = threads.runs.create(thread_id=waiting.thread_id, assistant_id=assistant, stream=True)
    return {
        "call": calling.seen,
        "answer": answering.seen,
        "third": third.seen,
        "pieces": pieces,
        "final": [waiting.status, [m.status for m in messages], [step.type for step in steps]],
        "raw": [event.event for event in raw],
    }


def cancelling(client: openai.OpenAI) -> dict[str, Any]:
    """A run that waits for outputs, and one in the middle of an answer, with its stream open."""
    assistant, threads = new_assistant(client), client.beta.threads
    waiting = threads.create_and_run_poll(
        assistant_id=assistant, thread=said_first("How is it in Oslo?"), **QUICKLY
    )
    ids = {"thread_id": waiting.thread_id, "run_id": waiting.id}
    first = [threads.runs.cancel(**ids).status, threads.runs.poll(**ids, **QUICKLY).status]
    handler = CountingHandler()
    with threads.create_and_run_stream(
        assistant_id=assistant, thread=said_first("Wait."), event_handler=handler
    ) as stream:
        for event in stream:
            if event.event == "thread.message.delta":
                run = stream.current_run
                threads.runs.cancel(thread_id=run.thread_id, run_id=run.id)
    message = stream.get_final_messages()[0]
    return {
        "waiting": first,
        "open stream": handler.seen,
        "message": [message.status, message.incomplete_details.reason],
        "run": stream.get_final_run().status,
    }


def errors(client: openai.OpenAI) -> dict[str, Any]:
    """What the SDK makes of refusals, and of a run that fails."""
    assistant, threads = new_assistant(client), client.beta.threads
    waiting = threads.create_and_run_poll(
        assistant_id=assistant, thread=said_first(TWO_CITIES), **QUICKLY
    )
    ids = {"thread_id": waiting.thread_id, "run_id": waiting.id}
    outputs = outputs_for(waiting, RAIN_AND_SUN)
    calls = {f"call_{number}": output["tool_call_id"] for number, output in enumerate(outputs)}
    failed = threads.create_and_run_poll(
        assistant_id=assistant, thread=said_first("Fail."), **QUICKLY
    )
    failing = CountingHandler()
    with threads.create_and_run_stream(
        assistant_id=assistant, thread=said_first("Fail."), event_handler=failing
    ) as stream:
        stream.until_done()
    unspoken = threads.create().id
    return {
        "missing": refusal(lambda: threads.retrieve("thread_gone")),
        "wrong id": refusal(lambda: threads.retrieve("undefined")),
        "message while locked": refusal(
            lambda: threads.messages.create(waiting.thread_id, role="user", content="Well?"), ids
        ),
        "run while locked": refusal(
            lambda: threads.runs.create(waiting.thread_id, assistant_id=assistant), ids
        ),
        "too few outputs": refusal(
            lambda: threads.runs.submit_tool_outputs(**ids, tool_outputs=outputs[1:]), calls
        ),
        "late outputs": refusal(
            lambda: threads.runs.submit_tool_outputs(
                thread_id=failed.thread_id, run_id=failed.id, tool_outputs=outputs
            )
        ),
        "nothing to say": refusal(
            lambda: threads.runs.create(
                unspoken, assistant_id=client.beta.assistants.create(model=MODEL).id, stream=True
            )
        ),
        "request id": request_id_of(lambda: threads.retrieve("thread_gone")),
        "failed": [failed.status, failed.last_error and failed.last_error.code],
        "failed stream": failing.seen,
    }


def request_id_of(call: Any) -> str:
    """What the id of a refused request begins with."""
    try:
        call()
    except openai.APIStatusError as error:
        return str(error.request_id)[:4]
    return "not refused"


def refusal(call: Any, names: dict[str, str] | None = None) -> list[Any]:
    """The class of the error and what it says, with names for ids that are never the same."""
    try:
        call()
    except openai.APIStatusError as error:
        text = error.body["message"]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportCallIssue, reportArgumentType]
        for name, value in (names or {}).items():
            text = text.replace(value, name)
        return [type(error).__name__, error.status_code, error.code, error.param, text]
    return ["not refused"]
