"""Threads: make one, look at it, change it, delete it.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

from threadkeep import Client, NotFoundError

with Client() as client:
    thread = client.threads.create(
        messages=[{"role": "user", "content": "What is rain?"}], metadata={"topic": "weather"}
    )
    print("made", thread.object, thread.metadata)

    thread = client.threads.retrieve(thread.id)
    thread = client.threads.update(thread.id, metadata={"topic": "rain"})
    print("changed", thread.metadata)

    print("deleted", client.threads.delete(thread.id).deleted)
    try:
        client.threads.retrieve(thread.id)
    except NotFoundError as error:
        print("gone", error.status_code)
