"""Batches: files that are added to a vector store together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Http
from tests.support.searching import counts, read, uploads

AUTO = {
    "type": "static",
    "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
}


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


def add_batch(http: Http, store: str, **body: Any) -> dict[str, Any]:
    return http.ok("POST", f"/vector_stores/{store}/file_batches", body)


def test_a_batch_counts_its_files_down_to_none(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    files = uploads(http, "a.txt", "b.txt")
    batch = add_batch(http, store, file_ids=files)
    assert len(batch["id"].removeprefix("vsfb_")) == 32
    assert {**batch, "id": "", "created_at": 0} == {
        "id": "",
        "object": "vector_store.file_batch",
        "created_at": 0,
        "vector_store_id": store,
        "status": "in_progress",
        "file_counts": counts(in_progress=2),
    }
    read(http, store)
    path = f"/vector_stores/{store}/file_batches/{batch['id']}"
    done = http.ok("GET", path)
    assert (done["status"], done["file_counts"]) == ("completed", counts(completed=2))
    assert http.ok("POST", f"{path}/cancel") == done
    listed = http.ok("GET", f"{path}/files?order=asc&limit=1")
    assert ([item["id"] for item in listed["data"]], listed["has_more"]) == (files[:1], True)
    assert http.ok("GET", f"{path}/files?filter=failed")["data"] == []


def test_each_file_of_a_batch_may_have_its_own(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    one, other = uploads(http, "a.txt", "b.txt")
    files = [
        {"file_id": one, "attributes": {"n": 1}},
        {"file_id": other, "chunking_strategy": {"type": "auto"}},
    ]
    batch = add_batch(http, store, files=files)
    path = f"/vector_stores/{store}/file_batches/{batch['id']}/files?order=asc"
    listed = http.ok("GET", path)["data"]
    assert [item["attributes"] for item in listed] == [{"n": 1}, {}]
    assert [item["chunking_strategy"] for item in listed] == [AUTO, AUTO]


def test_a_batch_can_be_given_up(http: Http, monkeypatch):
    from threadkeep.engine.ingester import Ingester

    async def rest(_: object) -> None:
        return None

    monkeypatch.setattr(Ingester, "tick", rest)
    store = http.ok("POST", "/vector_stores")["id"]
    batch = add_batch(http, store, file_ids=uploads(http, "a.txt", "b.txt"))
    path = f"/vector_stores/{store}/file_batches/{batch['id']}"
    cancelled = http.ok("POST", f"{path}/cancel", {})
    assert (cancelled["status"], cancelled["file_counts"]) == ("cancelled", counts(cancelled=2))
    assert http.ok("GET", path) == cancelled
    assert http.ok("GET", f"/vector_stores/{store}")["file_counts"] == counts(cancelled=2)
    assert len(http.ok("GET", f"{path}/files?filter=cancelled")["data"]) == 2


def test_a_batch_that_is_not_there(http: Http):
    store = http.ok("POST", "/vector_stores")["id"]
    path = f"/vector_stores/{store}/file_batches/vsfb_none"
    for method, below in [("GET", ""), ("POST", "/cancel"), ("GET", "/files")]:
        answer = http.send(method, path + below)
        assert (answer.status, answer.error["message"]) == (
            404,
            "No file batch found with id 'vsfb_none'.",
        )


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_required_parameter", "file_ids"),
        ({"file_ids": []}, "empty_array", "file_ids"),
        (
            {"file_ids": ["file-1"], "files": [{"file_id": "file-1"}]},
            *("mutually_exclusive_parameters", "files"),
        ),
        ({"file_ids": ["f"] * 2001}, "array_above_max_length", "file_ids"),
        ({"files": [{}]}, "missing_required_parameter", "files[0].file_id"),
        (
            {"file_ids": ["f"], "attributes": {"a": None}},
            *("invalid_type", "attributes.a"),
        ),
    ],
)
def test_a_batch_that_does_not_fit(http: Http, body, code, param):
    store = http.ok("POST", "/vector_stores")["id"]
    answer = http.post(f"/vector_stores/{store}/file_batches", body)
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, code, param)
