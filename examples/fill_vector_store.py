"""Put documents into a new vector store, and print its id. The server reads them by itself.

Set OPENAI_BASE_URL to your server's (http://127.0.0.1:8400/v1) and OPENAI_API_KEY to one of its keys.

python examples/fill_vector_store.py FILE...
"""

import sys
from pathlib import Path

from threadkeep import Client

with Client() as client:
    files = [client.files.create(file=Path(name), purpose="assistants") for name in sys.argv[1:]]
    store = client.vector_stores.create(name="My documents")
    client.vector_stores.file_batches.create(store.id, file_ids=[file.id for file in files])
    print(store.id)
