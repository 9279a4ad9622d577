"""Documents a second, from the upload to being found, over the API of an embedded server; and what memory that takes.

The documents are paragraphs of this project's own documentation, shuffled.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from bench.search.ways import own_memory
from threadkeep import embedded

_DOCUMENT_BYTES: Final = 10_000
_DOCS: Final = Path(__file__).parents[2] / "docs"


class Load(NamedTuple):
    """So many documents of so many bytes, with vectors from the local model or without."""

    documents: int
    size: int
    is_embedded: bool

    @property
    def name(self) -> str:
        """What a table calls it."""
        how = "with the local model" if self.is_embedded else "words only"
        return f"{self.documents} of {self.size // 1000:,} kB, {how}"


LOADS: Final = (
    Load(400, _DOCUMENT_BYTES, is_embedded=False),
    Load(1, 1_000_000, is_embedded=False),
    Load(1, 12_000_000, is_embedded=False),
    Load(40, _DOCUMENT_BYTES, is_embedded=True),
)
TITLE: Final = f"\nDocuments read{'':22}{'documents/s':>12}{'MB/s':>8}{'CPU s/MB':>10}{'MB held':>9}{'at most':>9}"


def read_documents(load: Load) -> str:
    """The line of the table for one load; to be called in a process that did nothing before."""
    documents = [("notes.txt", text) for text in _texts(load)]
    settings = {"upstream": "local" if load.is_embedded else "none"}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "threads.db"
        with embedded.client(path, detect_models=False, embedding=settings) as client:
            store = client.vector_stores.create()
            before = own_memory()
            began = time.perf_counter()
            batch = client.vector_stores.file_batches.upload_and_poll(
                store.id, files=documents, poll_interval_ms=50
            )
            seconds = time.perf_counter() - began
            held = own_memory() - before
        assert batch.file_counts.completed == load.documents
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 - before
    megabytes = load.documents * load.size / 1e6
    return (
        f"  {load.name:34}{load.documents / seconds:12,.1f}{megabytes / seconds:8.2f}"
        f"{_cpu() / megabytes:10.2f}{held:9,.0f}{most:9,.0f}"
    )


def _texts(load: Load) -> list[bytes]:
    random = Random(7)
    paragraphs = [
        paragraph
        for page in sorted(_DOCS.rglob("*.md"))
        for paragraph in page.read_text(encoding="utf-8").split("\n\n")
    ]
    return [_text(random, paragraphs, load.size) for _ in range(load.documents)]


def _text(random: Random, paragraphs: list[str], size: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while length < size:
        parts.append(random.choice(paragraphs).encode() + b"\n\n")
        length += len(parts[-1])
    return b"".join(parts)[:size].decode(errors="ignore").encode()


def _cpu() -> float:
    """CPU seconds of this process and of those that it has ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
