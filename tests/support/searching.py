"""Vector stores with files in them, over HTTP, and runs that search them."""

from __future__ import annotations

import time
from typing import Any

from tests.support.http import Http
from tests.support.uploads import upload

CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
INCLUDED = f"include[]={CONTENT}"


def new_store(http: Http, *file_ids: str, **fields: Any) -> str:
    """The id of a new vector store, once all of its files have been read."""
    store = http.ok("POST", "/vector_stores", {"file_ids": list(file_ids), **fields})["id"]
    read(http, store)
    return store


def new_store_of(http: Http, **texts: str) -> str:
    """The same with files of these texts; `a_txt="..."` is the file `a.txt`."""
    files = [
        upload(http, text.encode(), name.replace("_", "."))["id"] for name, text in texts.items()
    ]
    return new_store(http, *files)


def read(http: Http, store: str, seconds: float = 30) -> dict[str, Any]:
    """The vector store once none of its files is in progress."""
    deadline = time.monotonic() + seconds
    while (found := http.ok("GET", f"/vector_stores/{store}"))["file_counts"]["in_progress"]:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    return found


def counts(**some: int) -> dict[str, int]:
    """`file_counts` with these, and no others."""
    names = ("in_progress", "completed", "failed", "cancelled")
    return {**dict.fromkeys(names, 0), **some, "total": sum(some.values())}


def uploads(http: Http, *names: str) -> list[str]:
    """The ids of new files with these names."""
    return [upload(http, f"The text of {name}.".encode(), name)["id"] for name in names]
