"""The official SDK, unchanged but for its base URL: a function tool, streamed.

threadkeep serve
OPENAI_BASE_URL=http://127.0.0.1:8400/v1 OPENAI_API_KEY=any python examples/official_sdk.py
"""

import warnings

from openai import OpenAI
from openai.types.beta import FunctionToolParam

# The SDK marks these calls as deprecated, since the hosted service ends; this server does not.
warnings.simplefilter("ignore", DeprecationWarning)

WEATHER: FunctionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}

client = OpenAI()
assistant = client.beta.assistants.create(model="any", tools=[WEATHER])
thread = client.beta.threads.create(
    messages=[{"role": "user", "content": "What is the weather in Oslo?"}]
)
run = client.beta.threads.runs.create_and_poll(
    thread_id=thread.id, assistant_id=assistant.id, tool_choice="required"
)
assert run.required_action, run.status
outputs = []
for call in run.required_action.submit_tool_outputs.tool_calls:
    print("asked for", call.function.name, call.function.arguments)
    outputs.append({"tool_call_id": call.id, "output": "4 °C and rain"})

with client.beta.threads.runs.submit_tool_outputs_stream(
    run_id=run.id, thread_id=thread.id, tool_outputs=outputs
) as stream:
    for text in stream.text_deltas:
        print(text, end="", flush=True)
print()
