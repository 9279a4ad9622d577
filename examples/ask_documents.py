"""Ask what the files of a vector store say: the answer as it comes, then where it stands.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.

python examples/ask_documents.py vs_… QUESTION
"""

import sys
from collections.abc import Iterator

from threadkeep import Client
from threadkeep.types.message import FileCitationAnnotation, Message

vector_store_id, question = sys.argv[1:]


def citations(message: Message) -> Iterator[FileCitationAnnotation]:
    """What stands behind the marks in its text."""
    for part in message.content:
        if part.type == "text":
            for annotation in part.text.annotations:
                if annotation.type == "file_citation":
                    yield annotation


with Client() as client:
    assistant = client.assistants.create(
        model="any",
        instructions="Answer from the files, in one or two sentences, and cite them.",
        temperature=0,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [vector_store_id]}},
    )
    with client.threads.create_and_run_stream(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": question}]},
        max_completion_tokens=500,
    ) as stream:
        for text in stream.text_deltas:
            print(text, end="", flush=True)
        print()
        for citation in citations(stream.get_final_messages()[-1]):
            cited = citation.file_citation
            place = client.files.retrieve(cited.file_id).filename
            if cited.page:
                place += f", page {cited.page}"
            print(f"{citation.text} {place}: {cited.quote}")
