"""How good file search is: questions with known passages, from the upload of the documents to the answer's citation.

The documents are Django's manual (`documents.py`), the questions our own (`questions.py`). Takes some ten minutes, most
of which the documents are embedded.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.retrieval import citations, passages
from bench.retrieval.documents import documents
from bench.retrieval.questions import check, questions
from bench.retrieval.vector_store import serving, vector_store_of


def bench() -> None:
    """Print all tables."""
    with TemporaryDirectory() as folder:
        asyncio.run(bench_in(Path(folder)))


async def bench_in(folder: Path) -> None:
    """The same, on a database in `folder` that is used again if it is there."""
    texts, asked = documents(), questions()
    check(asked, texts)
    size = sum(len(text.content) for text in texts) / 1e6
    print(f"{len(asked)} questions on {len(texts)} documents, {size:.1f} MB", flush=True)
    async with serving(folder) as server:
        vector_store_id = await vector_store_of(server.client, texts)
        places = await passages.all_places(server, vector_store_id, asked)
    halves = {"All questions": slice(None), "Held out": slice(1, None, 2)}
    for title, some in halves.items():
        passages.show(title, {way: found[some] for way, found in places.items()})
    await citations.show(folder, vector_store_id, asked)
