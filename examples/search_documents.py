"""Search the files of a vector store: what a run searches, without a chat model.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.

python examples/search_documents.py vs_… QUERY
"""

import sys

from threadkeep import Client

vector_store_id, query = sys.argv[1:]

with Client() as client:
    for result in client.vector_stores.search(vector_store_id, query=query, max_num_results=2).data:
        passage = " ".join(part.text for part in result.content)
        print(f"{result.score:.2f} {result.filename}: {' '.join(passage.split())[:60]} …")
