"""A function of yours, called by the model: the run stops, you answer, it goes on. Then its steps.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

import json

from threadkeep import Client
from threadkeep.types.run import Run


def weather(city: str) -> str:
    """What the model gets to know."""
    return json.dumps({"city": city, "weather": "rain", "celsius": 12})


def outputs(run: Run) -> list[dict[str, str]]:
    """An output for each call that the run waits for."""
    calls = run.required_action.submit_tool_outputs.tool_calls if run.required_action else []
    return [
        {"tool_call_id": call.id, "output": weather(**json.loads(call.function.arguments))}
        for call in calls
    ]


TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city now",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}

with Client() as client:
    assistant = client.assistants.create(model="gpt-4o-mini", tools=[TOOL])
    thread = client.threads.create(
        messages=[{"role": "user", "content": "Do I need an umbrella in Oslo?"}]
    )

    with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
        run = stream.get_final_run()
    while run.status == "requires_action":
        print("asked for", outputs(run)[0]["output"])
        with client.threads.runs.submit_tool_outputs_stream(
            run.id, thread_id=thread.id, tool_outputs=outputs(run)
        ) as stream:
            for text in stream.text_deltas:
                print(text, end="", flush=True)
            run = stream.get_final_run()
    print(f"\n{run.status}")

    # The same without a stream, for a second question.
    client.threads.messages.create(thread.id, role="user", content="And a hat?")
    run = client.threads.runs.create_and_poll(thread.id, assistant_id=assistant.id)
    while run.status == "requires_action":
        client.threads.runs.submit_tool_outputs(
            run.id, thread_id=thread.id, tool_outputs=outputs(run)
        )
        run = client.threads.runs.poll(run.id, thread.id)

    for step in client.threads.runs.steps.list(run.id, thread_id=thread.id, order="asc"):
        found = client.threads.runs.steps.retrieve(step.id, thread_id=thread.id, run_id=run.id)
        print("step", found.type, found.status)
