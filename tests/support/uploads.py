"""Uploads as forms, written byte by byte, so that every spelling that clients send can be tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.http import Answer, Http

BOUNDARY = "--------------------------d74496d66958873e"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def field(name: str, value: str) -> bytes:
    """A plain field."""
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def file(content: bytes, filename: str = "notes.txt", *, type: str | None = "text/plain") -> bytes:
    """The file; `type` may be empty, or left out with None."""
    lines = f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    lines += "" if type is None else f"Content-Type: {type}\r\n"
    return lines.encode() + b"\r\n" + content


def form(parts: Sequence[bytes], boundary: str = BOUNDARY) -> bytes:
    """A body with these parts."""
    separator = f"--{boundary}\r\n".encode()
    whole = b"".join(separator + part + b"\r\n" for part in parts)
    return whole + f"--{boundary}--\r\n".encode()


def send_form(http: Http, *parts: bytes, boundary: str = BOUNDARY, **headers: str) -> Answer:
    """The answer to an upload."""
    type_ = f"multipart/form-data; boundary={boundary}"
    return http.post("/files", form(parts, boundary), Content_Type=type_, **headers)


def upload(
    http: Http, content: bytes, filename: str = "notes.txt", purpose: str = "assistants"
) -> dict[str, Any]:
    """A file that is uploaded."""
    answer = send_form(http, field("purpose", purpose), file(content, filename))
    assert answer.status == 200, answer.body
    return answer.json
