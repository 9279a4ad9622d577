"""Files: uploads in every spelling that clients send, what is known of them, and their bytes."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import tracemalloc
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.conversation import new_assistant
from tests.support.http import Http
from tests.support.running_server import RunningServer
from tests.support.uploads import BOUNDARY, FORM, field, file, form, send_form, upload

PURPOSE = field("purpose", "assistants")


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


def content_of(http: Http, file_id: str) -> bytes:
    answer = http.get(f"/files/{file_id}/content")
    assert answer.status == 200, answer.body
    return answer.body


def test_a_file_has_every_field_in_the_usual_order(http: Http):
    uploaded = upload(http, b"Hello")
    assert list(uploaded) == [
        *("id", "object", "purpose", "filename", "bytes"),
        *("created_at", "expires_at", "status", "status_details"),
    ]
    assert uploaded["id"].startswith("file-")
    assert len(uploaded["id"]) == len("file-") + 22
    assert {**uploaded, "id": "", "created_at": 0} == {
        "id": "",
        "object": "file",
        "purpose": "assistants",
        "filename": "notes.txt",
        "bytes": 5,
        "created_at": 0,
        "expires_at": None,
        "status": "processed",
        "status_details": None,
    }
    assert http.ok("GET", f"/files/{uploaded['id']}") == uploaded


@pytest.mark.parametrize("filename", ["你好.txt", "a b;c.txt", "🧪.md", "ä'é.txt", "C:x.txt", "x"])
def test_a_file_keeps_its_name(http: Http, filename: str):
    uploaded = upload(http, b"x", filename, "vision")
    assert uploaded["filename"] == filename
    answer = http.get(f"/files/{uploaded['id']}/content")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''")


@pytest.mark.parametrize("type_", ["", "text/plain; charset=utf-8", None])
def test_the_type_of_a_part_may_be_anything_or_nothing(http: Http, type_: str | None):
    assert send_form(http, PURPOSE, file(b"x", type=type_)).status == 200


def test_the_file_may_come_before_its_purpose(http: Http):
    answer = send_form(http, file(b"Hello"), PURPOSE)
    assert (answer.status, answer.json["bytes"]) == (200, 5)


@pytest.mark.parametrize("boundary", ["x", "=_a'()+,-./:=?", "b" * 70])
def test_any_boundary_will_do(http: Http, boundary: str):
    quoted = f'multipart/form-data; boundary="{boundary}"'
    body = form([PURPOSE, file(b"--x\r\n--b\r\n")], boundary)
    assert http.post("/files", body, Content_Type=quoted).json["bytes"] == 10


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"\0\xff" * 1000, b"--", f"\r\n--{BOUNDARY}x".encode()]
)
def test_the_bytes_come_back_as_they_were(http: Http, content: bytes):
    uploaded = upload(http, content, purpose="user_data" if not content else "batch")
    assert uploaded["bytes"] == len(content)
    if content:
        assert content_of(http, uploaded["id"]) == content


def test_content_is_raw_bytes(http: Http):
    uploaded = upload(http, b'{"a": 1}', "a.json", "vision")
    path = f"/files/{uploaded['id']}/content"
    got, head = http.send("GET", path, Accept="application/binary"), http.send("HEAD", path)
    assert (got.body, got.headers["content-type"]) == (b'{"a": 1}', "application/octet-stream")
    assert got.headers["content-length"] == head.headers["content-length"] == "8"
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize("purpose", ["assistants", "user_data"])
def test_what_is_for_assistants_is_not_given_back(http: Http, purpose: str):
    uploaded = upload(http, b"secret", purpose=purpose)
    answer = http.get(f"/files/{uploaded['id']}/content")
    assert answer.status == 400
    assert answer.error == {
        "message": f"Not allowed to download files of purpose: {purpose}",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_an_expiry_is_counted_from_the_upload(http: Http):
    within = [
        field("expires_after[anchor]", "created_at"),
        field("expires_after[seconds]", "3600"),
    ]
    answer = send_form(http, PURPOSE, *within, file(b"x"))
    assert answer.json["expires_at"] == answer.json["created_at"] + 3600


def refused(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def missing(name: str) -> dict[str, Any]:
    return refused(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


PURPOSES = "['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([], missing("file")),
        ([PURPOSE], missing("file")),
        ([PURPOSE, file(b"", filename="")], missing("file")),
        ([file(b"x")], missing("purpose")),
        (
            [PURPOSE, field("file", "x")],
            refused(
                "Invalid type for 'file': expected a file, but got a string instead.",
                *("file", "invalid_type"),
            ),
        ),
        (
            [PURPOSE, file(b"x"), file(b"y")],
            refused("Invalid 'file': it was given more than once.", "file", "invalid_value"),
        ),
        (
            [PURPOSE, file(b"x"), field("colour", "red")],
            refused("Unknown parameter: 'colour'.", "colour", "unknown_parameter"),
        ),
        (
            [field("purpose", "world_domination"), file(b"x")],
            refused(f"'world_domination' is not one of {PURPOSES} - 'purpose'", "purpose"),
        ),
        (
            [PURPOSE, file(b"x"), field("expires_after[anchor]", "created_at")],
            missing("expires_after.seconds"),
        ),
        (
            [
                *(PURPOSE, file(b"x"), field("expires_after[anchor]", "now")),
                field("expires_after[seconds]", "3600"),
            ],
            refused(
                "Invalid value: 'now'. Supported values are: 'created_at'.",
                *("expires_after.anchor", "invalid_value"),
            ),
        ),
        (
            [
                *(PURPOSE, file(b"x"), field("expires_after[anchor]", "created_at")),
                field("expires_after[seconds]", "60"),
            ],
            refused(
                "Invalid 'expires_after.seconds': integer below minimum value. "
                "Expected a value >= 3600, but got 60 instead.",
                *("expires_after.seconds", "integer_below_min_value"),
            ),
        ),
        (
            [field("purpose", "x" * 70_000), file(b"x")],
            refused(
                "Invalid 'purpose': string too long. Expected a string with maximum length 65536, "
                "but got a string with length 70000 instead.",
                *("purpose", "string_above_max_length"),
            ),
        ),
    ],
)
def test_a_form_that_does_not_fit(http: Http, parts: list[bytes], error: dict[str, Any]):
    answer = send_form(http, *parts)
    assert (answer.status, answer.error) == (400, error)
    assert http.ok("GET", "/files")["data"] == []


NOT_A_FORM = (
    "We could not parse the form in the body of your request. (HINT: A file is sent as "
    "multipart/form-data, and the Content-Type header names the boundary.)"
)


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b"{}", "application/json"),
        (None, "application/octet-stream"),
        (form([PURPOSE, file(b"x")]), "multipart/form-data"),
        (form([PURPOSE, file(b"x")]), f"multipart/form-data; boundary={'b' * 257}"),
        (form([PURPOSE, file(b"x")])[:-10], FORM),
        (b"what is this", FORM),
        (form([field("purpose", "x").replace(b"x", b"\xff"), file(b"x")]), FORM),
        (form([b"Content-Disposition: form-data\xff; name=x\r\n\r\n" + b"y" * 9]), FORM),
    ],
)
def test_a_body_that_is_no_form(http: Http, body: bytes | None, type_: str):
    answer = http.post("/files", body, Content_Type=type_)
    assert answer.status == 400
    assert http.ok("GET", "/files")["data"] == []


def test_what_is_no_form_is_told_so(http: Http):
    assert http.post("/files", b"{}").error["message"] == NOT_A_FORM


def test_everything_of_files_may_be_read_by_any_page_and_errors_say_it_twice(http: Http):
    answers = [http.get("/files"), http.get("/files/file-none"), http.delete("/files/file-none")]
    answers += [send_form(http, PURPOSE), http.get("/files/file-none/content")]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {"*"}
    missing_file = answers[1]
    assert (missing_file.status, missing_file.json) == (
        404,
        {
            "error": refused("No such File object: file-none", "id"),
            "detail": {"message": "No such File object: file-none", "code": None},
        },
    )
    assert all("detail" in answer.json for answer in answers if answer.status >= 400)


def listed(http: Http, query: str = "") -> list[str]:
    return [item["filename"] for item in http.ok("GET", f"/files{query}")["data"]]


def test_the_list_goes_on_for_ten_thousand(http: Http):
    for number in range(25):
        upload(http, b"x", str(number), "batch" if number % 2 else "vision")
    names = [str(number) for number in range(25)]
    assert listed(http) == names[::-1]
    assert listed(http, "?order=asc&purpose=batch") == names[1::2]
    assert listed(http, "?purpose=nothing") == []
    page = http.ok("GET", "/files?limit=10&order=asc")
    assert (page["has_more"], len(page["data"])) == (True, 10)
    assert listed(http, f"?limit=10000&order=asc&after={page['last_id']}") == names[10:]
    assert http.get("/files?limit=10001").error["code"] == "integer_above_max_value"


def test_a_cursor_that_is_not_there(http: Http):
    assert http.get("/files?after=file-none").error["message"] == "No such File object: file-none"


def test_a_deleted_file_is_gone_wherever_it_was(http: Http):
    file_id = upload(http, b"x")["id"]
    assistant = new_assistant(
        http,
        tools=[{"type": "code_interpreter"}],
        tool_resources={"code_interpreter": {"file_ids": [file_id]}},
    )
    store = http.ok("POST", "/vector_stores", {"file_ids": [file_id]})["id"]
    assert http.ok("DELETE", f"/files/{file_id}") == {
        "object": "file",
        "deleted": True,
        "id": file_id,
    }
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/content")]:
        assert http.send(method, f"/files/{file_id}{path}").status == 404
    resources = http.ok("GET", f"/assistants/{assistant}")["tool_resources"]
    assert resources["code_interpreter"]["file_ids"] == []
    assert http.ok("GET", f"/vector_stores/{store}/files")["data"] == []
    assert http.ok("GET", f"/vector_stores/{store}")["file_counts"]["total"] == 0


def test_a_file_that_is_too_large_is_not_read_to_its_end(http: Http, monkeypatch):
    monkeypatch.setattr("threadkeep.engine.files.MAX_BYTES", 1000)
    assert upload(http, b"x" * 1000)["bytes"] == 1000
    answer = send_form(http, PURPOSE, file(b"x" * 1001))
    assert (answer.status, answer.error["message"]) == (
        413,
        "Maximum content size limit (1000) exceeded.",
    )
    assert len(http.ok("GET", "/files")["data"]) == 1


def send_in_parts(server: RunningServer, parts: int) -> tuple[dict[str, Any], str]:
    """A file of so many mebibytes, as the upload answered it, and the SHA-256 of its bytes."""
    head, tail = form([field("purpose", "batch"), file(b"|")]).split(b"|")
    part, digest = bytes(range(256)) * 4096, hashlib.sha256()
    url = urlsplit(server.url)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
    connection.putrequest("POST", "/v1/files")
    connection.putheader("Authorization", "Bearer sk-test")
    connection.putheader("Content-Type", FORM)
    connection.putheader("Content-Length", str(len(head) + len(part) * parts + len(tail)))
    connection.endheaders(head)
    for _ in range(parts):
        connection.send(part)
        digest.update(part)
    connection.send(tail)
    uploaded = json.loads(connection.getresponse().read())
    connection.close()
    return uploaded, digest.hexdigest()


def test_a_large_file_goes_by_without_being_in_memory(running_server: RunningServer):
    parts = 64
    tracemalloc.start()
    uploaded, digest = send_in_parts(running_server, parts)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert uploaded["bytes"] == parts * 1024 * 1024
    assert most < 16 * 1024 * 1024
    content = content_of(running_server.http, uploaded["id"])
    assert hashlib.sha256(content).hexdigest() == digest


def test_a_caller_that_leaves_within_its_file_leaves_nothing(
    running_server: RunningServer, tmp_path: Path, caplog
):
    url = urlsplit(running_server.url)
    with caplog.at_level(logging.INFO, logger="threadkeep.access"):
        with socket.create_connection((url.hostname, url.port)) as connection:
            head = f"POST /v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
            head += "Authorization: Bearer sk-test\r\nContent-Length: 100000\r\n\r\n"
            connection.sendall(head.encode() + form([PURPOSE, file(b"x" * 5000)])[:3000])
        while "499" not in caplog.text:
            assert running_server.http.ok("GET", "/files")["data"] == []
    assert [path for path in (tmp_path / "threadkeep.db-files").rglob("*") if path.is_file()] == []
