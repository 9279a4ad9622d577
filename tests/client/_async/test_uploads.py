"""Files that go up and come down."""

from __future__ import annotations

import io
from email import message_from_bytes
from email.message import Message as Mail
from pathlib import Path

import pytest

import threadkeep
from tests.support.canned_server import Asked, CannedServer, Reply
from threadkeep import AsyncClient

BIG = bytes(range(256)) * 4096


def form_of(asked: Asked) -> dict[str, Mail]:
    """The parts of a form by their names, read by somebody else's parser."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + asked.body).get_payload()
    assert isinstance(parts, list)
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}  # pyright: ignore


@pytest.mark.parametrize("kind", ["path", "open", "bytes", "tuple"])
async def test_a_file_goes_up_byte_for_byte(
    kind: str, async_client: AsyncClient, canned_server: CannedServer, tmp_path: Path
):
    (tmp_path / "big.bin").write_bytes(BIG)
    canned_server.replies(Reply({"id": "file-1", "bytes": len(BIG)}))
    with (tmp_path / "big.bin").open("rb") as opened:
        files = {"path": tmp_path / "big.bin", "open": opened, "bytes": BIG}
        file = files.get(kind, ("big.bin", io.BytesIO(BIG), "image/png"))
        uploaded = await async_client.files.create(
            file=file,
            purpose="vision",
            expires_after={"anchor": "created_at", "seconds": 3600},
        )
    assert uploaded.bytes == len(BIG)
    [asked] = canned_server.requests
    form = form_of(asked)
    assert form["file"].get_payload(decode=True) == BIG
    assert form["file"].get_filename() == ("upload" if kind == "bytes" else "big.bin")
    assert form["purpose"].get_payload() == "vision"
    assert form["expires_after[anchor]"].get_payload() == "created_at"
    assert form["expires_after[seconds]"].get_payload() == "3600"
    if kind == "tuple":
        assert form["file"].get_content_type() == "image/png"


async def test_a_file_that_is_not_there(
    async_client: AsyncClient, canned_server: CannedServer, tmp_path: Path
):
    with pytest.raises(FileNotFoundError):
        await async_client.files.create(file=tmp_path / "none", purpose="assistants")
    assert canned_server.requests == []


async def test_a_file_comes_down(async_client: AsyncClient, canned_server: CannedServer):
    canned_server.replies(Reply(BIG, headers={"content-type": "application/octet-stream"}))
    content = await async_client.files.content("file-1")
    assert content.read() == BIG
    assert canned_server.requests[0].target == "/v1/files/file-1/content"
    canned_server.replies(Reply("Grüße".encode()))
    assert await async_client.files.retrieve_content("file-1") == "Grüße"


async def test_a_file_that_may_not_come_down(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply({"error": {"message": "No."}}, status=400))
    with pytest.raises(threadkeep.BadRequestError):
        await async_client.files.content("file-1")


async def test_a_file_goes_up_into_a_vector_store(
    async_client: AsyncClient, canned_server: CannedServer
):
    added = Reply({"id": "file-1", "status": "in_progress"})
    canned_server.replies(
        Reply({"id": "file-1"}), added, Reply({"id": "file-1", "status": "completed"})
    )
    file = await async_client.vector_stores.files.upload_and_poll(
        vector_store_id="vs_1", file=b"abc", poll_interval_ms=1, attributes={"year": 2026}
    )
    assert file.status == "completed"
    uploaded, put, _ = canned_server.requests
    assert form_of(uploaded)["purpose"].get_payload() == "assistants"
    assert put.json == {"file_id": "file-1", "attributes": {"year": 2026}}


async def test_many_files_go_up_together(async_client: AsyncClient, canned_server: CannedServer):
    done = {"id": "file-n", "file_counts": {"in_progress": 0, "completed": 4}}
    canned_server.replies(Reply(done))
    batch = await async_client.vector_stores.file_batches.upload_and_poll(
        "vs_1",
        files=[("a.txt", b"a"), ("b.txt", b"b"), ("c.txt", b"c")],
        file_ids=["file-0"],
        max_concurrency=2,
    )
    assert batch.file_counts.completed == 4
    *uploads, put, _ = canned_server.requests
    names = {form_of(asked)["file"].get_filename() for asked in uploads}
    assert names == {"a.txt", "b.txt", "c.txt"}
    assert put.json == {"file_ids": ["file-0", "file-n", "file-n", "file-n"]}


async def test_one_upload_that_fails_fails_them_all(
    async_client: AsyncClient, canned_server: CannedServer
):
    canned_server.replies(Reply({"error": {"message": "Too big."}}, status=400))
    with pytest.raises(threadkeep.BadRequestError, match="Too big"):
        await async_client.vector_stores.file_batches.upload_and_poll("vs_1", files=[b"a", b"b"])
