"""How much memory the server takes to have a long file read: about the same as for a short one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.test_ingestion_restart import read_store, search_by_words_alone
from tests.support.http import Http
from tests.support.server_process import ServerProcess, StartProcess
from tests.support.uploads import upload

MEGABYTES = 8
MOST_GROWTH = 300 / 200
"""For each megabyte of text: 300 for 200."""


def read_text(http: Http, megabytes: float) -> None:
    """Have a text of this size read."""
    line = "The quick brown fox jumps over the lazy dog, and it all begins again. "
    text = (line * (int(megabytes * 1e6) // len(line))).encode()
    store = http.ok("POST", "/vector_stores", {"file_ids": [upload(http, text)["id"]]})
    assert read_store(http, store["id"])["file_counts"]["completed"] == 1


def most_memory(process: ServerProcess) -> float:
    """The most megabytes that the process ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1e3


@pytest.mark.timeout(120)
def test_the_server_does_not_grow_with_the_files_that_it_reads(
    start_process: StartProcess, tmp_path: Path
):
    search_by_words_alone(tmp_path)
    process = start_process()
    read_text(process.http, 1)
    before = most_memory(process)

    read_text(process.http, MEGABYTES)

    assert most_memory(process) - before < MEGABYTES * MOST_GROWTH
