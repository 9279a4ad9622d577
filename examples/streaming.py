"""A run as a stream: typed events as they happen, and what they have added up to so far.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

from threadkeep import Client

with Client() as client:
    assistant = client.assistants.create(model="gpt-4o-mini", instructions="Answer briefly.")
    thread = client.threads.create(messages=[{"role": "user", "content": "What is rain?"}])

    with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
        for event in stream:
            if event.event == "thread.message.delta":
                for part in event.data.delta.content:
                    if part.type == "text" and part.text:
                        print(part.text.value, end="", flush=True)
            elif event.event == "thread.message.completed":
                print()

        run = stream.get_final_run()
        [message] = stream.get_final_messages()
        print(run.status, message.status, len(stream.get_final_run_steps()))
