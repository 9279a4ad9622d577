"""Vector stores and the files in them: shapes, counts, statuses and expiry."""

from __future__ import annotations

import pytest

from tests.support import documents
from tests.support.http import Http
from tests.support.searching import counts, new_store, read, uploads
from tests.support.uploads import upload
from threadkeep.retrieval.file_types import SUPPORTED

AUTO = {
    "type": "static",
    "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
}


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


def files_of(http: Http, store: str, query: str = "") -> list[str]:
    data = http.ok("GET", f"/vector_stores/{store}/files{query}")["data"]
    return [file["id"] for file in data]


# Vector stores ---------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}])
def test_an_empty_vector_store_has_every_field_and_is_complete(http: Http, body):
    store = http.ok("POST", "/vector_stores", body)
    assert list(store) == [
        *("id", "object", "created_at", "name", "description", "usage_bytes", "file_counts"),
        *("status", "expires_after", "expires_at", "last_active_at", "metadata"),
    ]
    assert len(store["id"].removeprefix("vs_")) == 32
    assert {**store, "id": "", "created_at": 0, "last_active_at": 0} == {
        "id": "",
        "object": "vector_store",
        "created_at": 0,
        "name": None,
        "description": None,
        "usage_bytes": 0,
        "file_counts": counts(),
        "status": "completed",
        "expires_after": None,
        "expires_at": None,
        "last_active_at": 0,
        "metadata": {},
    }
    assert http.ok("GET", f"/vector_stores/{store['id']}") == store


def test_files_are_in_progress_until_they_are_read(http: Http):
    files = uploads(http, "a.txt", "b.txt")
    created = http.ok("POST", "/vector_stores", {"name": "facts", "file_ids": files})
    assert (created["status"], created["file_counts"]) == ("in_progress", counts(in_progress=2))
    done = read(http, created["id"])
    assert (done["status"], done["file_counts"]) == ("completed", counts(completed=2))
    assert (done["name"], done["usage_bytes"] > 0) == ("facts", True)


def test_an_expiry_counts_from_the_last_use(http: Http):
    body = {"expires_after": {"anchor": "last_active_at", "days": 7}}
    store = http.ok("POST", "/vector_stores", body)
    assert store["expires_after"] == body["expires_after"]
    assert store["expires_at"] == store["last_active_at"] + 7 * 86400


def test_an_update_replaces_what_is_given_and_null_clears(http: Http):
    expiry = {"anchor": "last_active_at", "days": 1}
    fields = {"name": "a", "metadata": {"k": "1"}, "expires_after": expiry}
    store = http.ok("POST", "/vector_stores", fields)
    path = f"/vector_stores/{store['id']}"
    renamed = http.ok("POST", path, {"name": "b"})
    assert renamed == {**store, "name": "b"}
    cleared = http.ok("POST", path, {"name": None, "expires_after": None, "metadata": None})
    assert cleared == {
        **store,
        "name": None,
        "expires_after": None,
        "expires_at": None,
        "metadata": {},
    }
    assert http.ok("GET", path) == cleared


def test_a_deleted_vector_store_is_gone_and_its_files_stay(http: Http):
    [file] = uploads(http, "a.txt")
    store = new_store(http, file)
    path = f"/vector_stores/{store}"
    assert http.ok("DELETE", path) == {
        "id": store,
        "object": "vector_store.deleted",
        "deleted": True,
    }
    for method, below in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/files"),
        ("GET", f"/files/{file}"),
    ]:
        answer = http.send(method, path + below)
        assert answer.error["message"] == f"No vector store found with id '{store}'."
    assert http.ok("GET", f"/files/{file}")["id"] == file


def test_the_list_starts_with_the_newest(http: Http):
    made = [http.ok("POST", "/vector_stores")["id"] for _ in range(5)]
    page = http.ok("GET", "/vector_stores?limit=2")
    assert [item["id"] for item in page["data"]] == made[:2:-1]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (made[4], made[3], True)
    rest = http.ok("GET", f"/vector_stores?after={page['last_id']}")
    assert ([item["id"] for item in rest["data"]], rest["has_more"]) == (made[2::-1], False)
    assert http.get("/vector_stores?after=vs_none").status == 404


# Files -----------------------------------------------------------------------------------------


def test_a_file_in_a_vector_store_has_the_id_of_the_file(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    [file] = uploads(http, "a.txt")
    added = http.ok("POST", f"/vector_stores/{store}/files", {"file_id": file})
    assert list(added) == [
        *("id", "object", "usage_bytes", "created_at", "vector_store_id", "status"),
        *("last_error", "chunking_strategy", "attributes"),
    ]
    assert {**added, "created_at": 0} == {
        "id": file,
        "object": "vector_store.file",
        "usage_bytes": 0,
        "created_at": 0,
        "vector_store_id": store,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": AUTO,
        "attributes": {},
    }
    read(http, store)
    done = http.ok("GET", f"/vector_stores/{store}/files/{file}")
    assert done == {**added, "status": "completed", "usage_bytes": done["usage_bytes"]}


def test_what_a_caller_says_of_a_file_is_kept(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    [file] = uploads(http, "a.txt")
    sizes = {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}
    attributes = {"lang": "en", "year": 2024, "score": 0.5, "public": True}
    body = {
        "file_id": file,
        "attributes": attributes,
        "chunking_strategy": {"type": "static", "static": sizes},
    }
    added = http.ok("POST", f"/vector_stores/{store}/files", body)
    assert (added["attributes"], added["chunking_strategy"]["static"]) == (attributes, sizes)
    path = f"/vector_stores/{store}/files/{file}"
    assert http.ok("POST", path, {"attributes": {"lang": "de"}})["attributes"] == {"lang": "de"}
    assert http.ok("POST", path, {"attributes": None})["attributes"] == {}


def test_a_file_that_cannot_be_read_says_why(http: Http):
    scan = upload(http, documents.pdf("", ""), "a.pdf")["id"]
    broken = upload(http, b"\xff\xff\xff", "b.docx")["id"]
    store = new_store(http, scan, broken)
    assert http.ok("GET", f"/vector_stores/{store}")["file_counts"] == counts(failed=2)
    errors = [
        http.ok("GET", f"/vector_stores/{store}/files/{file}")["last_error"]
        for file in (scan, broken)
    ]
    assert [error["code"] for error in errors] == ["invalid_file", "invalid_file"]
    assert "There is no text in it" in errors[0]["message"]
    assert errors[1]["message"] == "The file could not be parsed."


def test_a_file_of_every_type_is_read(http: Http):
    contents = {
        ".doc": documents.doc("Tea is hot.\r"),
        ".docx": documents.docx_of("Tea is hot."),
        ".html": b"<p>Tea is <b>hot</b>.",
        ".pdf": documents.pdf("Tea is hot."),
        ".pptx": documents.pptx("Tea is hot."),
    }
    files = {
        upload(http, contents.get(extension, b"Tea is hot."), f"tea{extension}")["id"]
        for extension in SUPPORTED
    }
    store = new_store(http, *files)
    assert http.ok("GET", f"/vector_stores/{store}")["file_counts"] == counts(completed=len(files))
    for file in files:
        (part,) = http.ok("GET", f"/vector_stores/{store}/files/{file}/content")["data"]
        assert part["text"].strip() == "Tea is hot."


def test_files_are_listed_by_status(http: Http):
    good = uploads(http, "a.txt", "b.txt", "c.txt")
    bad = upload(http, b"%PDF", "d.pdf")["id"]
    store = new_store(http, *good, bad)
    assert sorted(files_of(http, store)) == sorted([*good, bad])
    assert set(files_of(http, store, "?filter=completed")) == set(good)
    assert files_of(http, store, "?filter=failed") == [bad]
    assert files_of(http, store, "?filter=in_progress") == []
    first, second = (
        files_of(http, store, "?limit=2&order=asc"),
        files_of(http, store, "?limit=1&order=desc"),
    )
    assert (len(first), second) == (2, [bad])
    assert files_of(http, store, f"?order=asc&after={first[-1]}")[-1] == bad


def test_the_text_of_a_file_can_be_read(http: Http):
    text = "Wölfe heulen.\n" * 400
    [file] = [upload(http, text.encode(), "a.md")["id"]]
    store = new_store(http, file)
    page = http.ok("GET", f"/vector_stores/{store}/files/{file}/content")
    assert {**page, "data": []} == {
        "object": "vector_store.file_content.page",
        "data": [],
        "has_more": False,
        "next_page": None,
    }
    assert {part["type"] for part in page["data"]} == {"text"}
    assert "".join(part["text"] for part in page["data"]).split() == text.split()


def test_a_file_that_is_taken_out_is_not_found_and_stays_a_file(http: Http):
    [file] = uploads(http, "a.txt")
    store = new_store(http, file)
    path = f"/vector_stores/{store}/files/{file}"
    assert http.ok("DELETE", path) == {
        "id": file,
        "object": "vector_store.file.deleted",
        "deleted": True,
    }
    message = f"No file found with id '{file}' in vector store '{store}'."
    for method, below in [("GET", ""), ("DELETE", ""), ("GET", "/content"), ("POST", "")]:
        body = {"attributes": {}} if method == "POST" else None
        answer = http.send(method, path + below, body)
        assert (answer.status, answer.error["message"]) == (404, message)
    assert http.ok("GET", f"/files/{file}")["id"] == file
    assert http.ok("GET", f"/vector_stores/{store}")["usage_bytes"] == 0


def test_what_is_added_has_to_be_there(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    for path, body in [
        (f"/vector_stores/{store}/files", {"file_id": "file-none"}),
        ("/vector_stores", {"file_ids": ["file-none"]}),
        (f"/vector_stores/{store}/file_batches", {"file_ids": ["file-none"]}),
    ]:
        answer = http.post(path, body)
        assert (answer.status, answer.error["message"]) == (404, "No such File object: file-none")
    assert len(http.ok("GET", "/vector_stores")["data"]) == 1
    answer = http.post("/vector_stores/vs_none/files", {"file_id": "file-none"})
    assert answer.error["message"] == "No vector store found with id 'vs_none'."


def test_searching_is_using(http: Http, monkeypatch):
    from threadkeep.types.clock import SystemClock

    body = {"expires_after": {"anchor": "last_active_at", "days": 1}}
    store = http.ok("POST", "/vector_stores", body)
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + 3600)
    http.ok("POST", f"/vector_stores/{store['id']}/search", {"query": "x"})
    used = http.ok("GET", f"/vector_stores/{store['id']}")
    assert used["last_active_at"] >= store["last_active_at"] + 3600
    assert used["expires_at"] == used["last_active_at"] + 86400


def test_an_expired_vector_store_can_be_read_and_deleted_and_that_is_all(http: Http, monkeypatch):
    from threadkeep.types.clock import SystemClock

    body = {"expires_after": {"anchor": "last_active_at", "days": 1}}
    store = http.ok("POST", "/vector_stores", body)["id"]
    [file] = uploads(http, "a.txt")
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + 2 * 86400)
    path = f"/vector_stores/{store}"
    assert http.ok("GET", path)["status"] == "expired"
    for below, body in [
        ("", {"name": "x"}),
        ("/search", {"query": "x"}),
        ("/files", {"file_id": file}),
        ("/file_batches", {"file_ids": [file]}),
    ]:
        answer = http.post(path + below, body)
        assert (answer.status, answer.error["message"]) == (
            400,
            f"Vector store '{store}' has expired.",
        )
    http.ok("DELETE", path)
