"""Runs of an assistant on a thread: start, wait, list, change, cancel, delete.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

from threadkeep import BadRequestError, Client

with Client() as client:
    assistant = client.assistants.create(model="gpt-4o-mini", instructions="Answer briefly.")
    thread = client.threads.create()

    run = client.threads.runs.create(
        thread.id,
        assistant_id=assistant.id,
        model="gpt-4o",
        additional_instructions="In one sentence.",
        additional_messages=[{"role": "user", "content": "What is rain?"}],
        metadata={"try": "1"},
        temperature=0.2,
        top_p=0.9,
        max_prompt_tokens=2000,
        max_completion_tokens=500,
        truncation_strategy={"type": "last_messages", "last_messages": 10},
        tool_choice="none",
        parallel_tool_calls=False,
        response_format={"type": "text"},
    )
    run = client.threads.runs.poll(run.id, thread.id)
    print(run.status, run.usage.total_tokens if run.usage else run.last_error)
    for message in client.threads.messages.list(thread.id, run_id=run.id):
        print(message.role, *(part.text.value for part in message.content if part.type == "text"))

    run = client.threads.runs.update(run.id, thread_id=thread.id, metadata={"try": "one"})
    run = client.threads.runs.retrieve(run.id, thread_id=thread.id)
    print([run.metadata for run in client.threads.runs.list(thread.id)])

    try:
        client.threads.runs.cancel(run.id, thread_id=thread.id)
    except BadRequestError as error:
        print("too late:", error)

    print("deleted", client.threads.runs.delete(run.id, thread_id=thread.id).deleted)
