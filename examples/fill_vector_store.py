"""Put documents into a new vector store, and print its id once they have been read.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.

python examples/fill_vector_store.py FILE...
"""

import sys
from pathlib import Path

from threadkeep import Client

with Client() as client:
    store = client.vector_stores.create(name="My documents")
    files = [Path(name) for name in sys.argv[1:]]
    client.vector_stores.file_batches.upload_and_poll(store.id, files=files)
    for file in client.vector_stores.files.list(store.id, filter="failed"):
        name = client.files.retrieve(file.id).filename
        print(f"{name}: {file.last_error and file.last_error.message}", file=sys.stderr)
    print(store.id)
