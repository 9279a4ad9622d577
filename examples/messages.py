"""Messages of a thread: add, list page by page, look at one, change it, delete it.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.
"""

from threadkeep import Client

with Client() as client:
    thread = client.threads.create()
    for number in range(1, 6):
        message = client.threads.messages.create(
            thread.id, role="user", content=f"Message {number}", metadata={"number": str(number)}
        )

    # Two at a time from the server; the loop goes on through all pages.
    for message in client.threads.messages.list(thread.id, order="asc", limit=2):
        for part in message.content:
            if part.type == "text":
                print(part.text.value)

    page = client.threads.messages.list(thread.id, limit=2)
    print("newest first", [message.metadata["number"] for message in page.data], page.has_more)

    message = client.threads.messages.retrieve(page.data[0].id, thread_id=thread.id)
    message = client.threads.messages.update(
        message.id, thread_id=thread.id, metadata={"number": "last"}
    )
    print("changed", message.metadata)
    deleted = client.threads.messages.delete(message.id, thread_id=thread.id)
    print("deleted", deleted.deleted)
