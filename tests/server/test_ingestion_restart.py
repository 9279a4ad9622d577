"""What becomes of files that are being read when the server process dies."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.http import Http
from tests.support.server_process import ServerProcess, StartProcess
from tests.support.uploads import upload

SECONDS = 30
COUNT = 30


def read_store(http: Http, store: str) -> dict:
    """The vector store, once nothing in it is in progress."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        now = http.ok("GET", f"/vector_stores/{store}")
        if now["file_counts"]["in_progress"] == 0:
            return now
    raise AssertionError("the files are still in progress")


def search_by_words_alone(folder: Path) -> None:
    """So that reading is what takes time."""
    (folder / "threadkeep.toml").write_text('[embedding]\nupstream = "none"\n')


@pytest.mark.parametrize("end", [ServerProcess.kill, ServerProcess.stop])
def test_files_that_were_being_read_are_read_once_by_the_next_server(
    start_process: StartProcess, end, tmp_path: Path
):
    search_by_words_alone(tmp_path)
    first = start_process()
    text = "".join(f"Line {n} of a story about tea.\n" for n in range(2000))
    files = [upload(first.http, text.encode(), filename=f"{n}.txt")["id"] for n in range(COUNT)]
    store = first.http.ok("POST", "/vector_stores", {})["id"]
    first.http.ok("POST", f"/vector_stores/{store}/file_batches", {"file_ids": files})
    end(first)

    http = start_process().http
    done = read_store(http, store)

    assert done["status"] == "completed"
    assert done["file_counts"] == {
        "in_progress": 0,
        "completed": COUNT,
        "failed": 0,
        "cancelled": 0,
        "total": COUNT,
    }
    for file in files:
        parts = http.ok("GET", f"/vector_stores/{store}/files/{file}/content")["data"]
        assert "".join(part["text"] for part in parts) == text


@pytest.mark.parametrize("end", [ServerProcess.kill, ServerProcess.stop])
def test_a_long_file_that_was_being_read_is_there_once(
    start_process: StartProcess, end, tmp_path: Path
):
    search_by_words_alone(tmp_path)
    first = start_process()
    text = "".join(f"Line {n} of a long story about tea.\n" for n in range(60_000))
    file = upload(first.http, text.encode())["id"]
    store = first.http.ok("POST", "/vector_stores", {"file_ids": [file]})["id"]
    while not chunk_count(tmp_path):
        time.sleep(0.01)
    end(first)

    http = start_process().http
    done = read_store(http, store)

    assert done["file_counts"]["completed"] == 1
    parts = http.ok("GET", f"/vector_stores/{store}/files/{file}/content")["data"]
    assert "".join(part["text"] for part in parts) == text


def chunk_count(folder: Path) -> int:
    """How many chunks are on disk, to be found or not."""
    with closing(sqlite3.connect(f"file:{folder / 'threadkeep.db'}?mode=ro", uri=True)) as database:
        return database.execute("select count(*) from chunks").fetchone()[0]
