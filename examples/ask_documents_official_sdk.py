"""The same with the official SDK: documents in, an answer with citations out.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.

python examples/ask_documents_official_sdk.py QUESTION FILE...
"""

import sys
import warnings
from pathlib import Path

from openai import OpenAI

# The SDK marks these calls as deprecated, since the hosted service ends; this server does not.
warnings.simplefilter("ignore", DeprecationWarning)

question, *names = sys.argv[1:]

client = OpenAI()
store = client.vector_stores.create(name="My documents")
client.vector_stores.file_batches.upload_and_poll(store.id, files=[Path(name) for name in names])
assistant = client.beta.assistants.create(
    model="any",
    instructions="Answer from the files, in one or two sentences, and cite them.",
    tools=[{"type": "file_search"}],
    tool_resources={"file_search": {"vector_store_ids": [store.id]}},
)
run = client.beta.threads.create_and_run_poll(
    assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": question}]}
)
for message in client.beta.threads.messages.list(run.thread_id, run_id=run.id):
    for part in message.content:
        if part.type == "text":
            print(part.text.value)
            for annotation in part.text.annotations:
                if annotation.type == "file_citation":
                    print(annotation.text, annotation.file_citation.to_dict())
