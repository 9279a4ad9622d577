"""A conversation of two turns with a server that is running, streamed.

threadkeep serve
OPENAI_BASE_URL=http://127.0.0.1:8400/v1 OPENAI_API_KEY=any python examples/quickstart.py
"""

from threadkeep import Client

QUESTIONS = ("What is the capital of France?", "And of Italy?")

with Client() as client:
    assistant = client.assistants.create(
        model="any",  # the server decides which model answers to this name
        instructions="You are a helpful assistant. Answer in one short sentence.",
        temperature=0,
    )
    thread = client.threads.create()
    for question in QUESTIONS:
        client.threads.messages.create(thread.id, role="user", content=question)
        print("user:", question)
        print("assistant: ", end="")
        with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            for text in stream.text_deltas:
                print(text, end="", flush=True)
        print()
