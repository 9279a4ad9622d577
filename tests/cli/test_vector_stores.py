"""Vector stores are looked after from the command line."""

from __future__ import annotations

from tests.support.command import Threadkeep
from tests.support.running_server import RunningServer
from tests.support.uploads import upload


def test_files_are_watched_until_none_is_in_progress(
    threadkeep: Threadkeep, running_server: RunningServer
):
    http = running_server.http
    text = b"Tea is hot. " * 200
    files = [upload(http, text, filename=f"{n}.txt")["id"] for n in range(5)]
    files.append(upload(http, b"?", filename="bad.pdf")["id"])
    store = http.ok("POST", "/vector_stores", {"file_ids": files})["id"]

    done = threadkeep("vector-stores", "watch", store, "--base-url", running_server.base_url)

    assert done.code == 0
    said, why = done.out.splitlines()
    assert said == f"{store}: 5 completed, 1 failed"
    assert why.startswith("  bad.pdf: The file could not be parsed.")
    lines = done.err.splitlines()
    assert len({*lines}) == len(lines)
    assert lines[-1] == "5 completed, 1 failed"
    assert all("in progress" in line for line in lines[:-1])


def test_a_vector_store_without_files_has_nothing_to_wait_for(
    threadkeep: Threadkeep, running_server: RunningServer
):
    store = running_server.http.ok("POST", "/vector_stores", {})["id"]

    done = threadkeep("vector-stores", "watch", store, "--base-url", running_server.base_url)

    assert (done.code, done.out) == (0, f"{store}: no files\n")
