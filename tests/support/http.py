"""A plain HTTP client for tests that look at what really goes over the wire; it holds all of it to the schema."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.schemas import answer_problems, event_problems, template_of

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def check(self, method: str, path: str) -> None:
        """Assert that it is what the published schema says, if `path` is one of the API."""
        template, type_ = template_of(path), self.headers.get("content-type", "")
        if template is not None:
            assert answer_problems(method, template, self.status, type_, self.body) == []

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The envelope's content; all four keys are there, and beside it at most what the files' service adds."""
        assert self.status >= 400, self.body
        error = self.json["error"]
        assert set(error) == {"message", "type", "param", "code"}
        detail = {"message": error["message"], "code": error["code"]}
        assert self.json in ({"error": error}, {"error": error, "detail": detail})
        return error


@dataclass(frozen=True)
class Event:
    """An event of a stream; `data` is decoded, or the text `[DONE]`; `id` is there only in numbered streams."""

    name: str
    data: Any
    id: str | None = None


@dataclass
class Http:
    """Calls of the API at `base_url` with one key."""

    base_url: str
    key: str | None = "sk-test"
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that has to be a success."""
        answer = self.send(method, path, body)
        assert answer.status == 200, answer.body
        return answer.json

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own. A body of bytes is sent as it is."""
        with self._sent(method, path, body, headers) as response:
            answer = Answer(response.status, _lower(response), response.read())
        answer.check(method, urlsplit(self.base_url + path).path)
        return answer

    @contextmanager
    def stream(self, path: str, body: Any, **headers: str) -> Iterator[Stream]:
        """The events of a streamed call, as they come; leaving the block hangs up."""
        with self._sent("POST", path, body, headers) as response:
            assert response.status == 200, response.read()
            yield Stream(response)

    @contextmanager
    def watch(self, path: str, **headers: str) -> Iterator[Stream]:
        """The events of a run, as they come."""
        with self._sent("GET", path, None, {"Accept": "text/event-stream", **headers}) as response:
            assert response.status == 200, response.read()
            yield Stream(response)

    def events(self, path: str, body: Any, **headers: str) -> list[Event]:
        """All events of a streamed call."""
        with self.stream(path, {**body, "stream": True}, **headers) as stream:
            return list(stream)

    def watched(self, path: str, **headers: str) -> list[Event]:
        """All events of a run, to the end of its stream."""
        with self.watch(path, **headers) as stream:
            return list(stream)

    @contextmanager
    def _sent(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        url = urlsplit(self.base_url)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        assert url.hostname is not None
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, url.path + path, data, self._headers(data, headers))
            yield connection.getresponse()
        finally:
            connection.close()

    def _headers(self, data: bytes | None, headers: dict[str, str]) -> dict[str, str]:
        sent = dict(self.headers)
        if self.key is not None:
            sent["Authorization"] = f"Bearer {self.key}"
        if data is not None:
            sent["Content-Type"] = "application/json"
        return {**sent, **{name.replace("_", "-"): value for name, value in headers.items()}}


class Stream:
    """Reads a stream strictly: at most an `id:`, `event:` and `data:` on one line each, LF, a blank line, no more."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.headers = _lower(response)
        self.raw = b""

    def __iter__(self) -> Iterator[Event]:
        while True:
            head = self._response.readline()
            if not head:
                return
            lines = [head, self._response.readline(), self._response.readline()]
            if head.startswith(b"id: "):
                lines.append(self._response.readline())
            self.raw += b"".join(lines)
            yield _event(lines)

    def until(self, name: str) -> list[Event]:
        """The events up to the first of that name."""
        seen: list[Event] = []
        for event in self:
            seen.append(event)
            if event.name == name:
                return seen
        raise AssertionError(f"{name} did not come, only {[event.name for event in seen]}")


def _event(lines: list[bytes]) -> Event:
    *ids, head, data, blank = lines
    assert head.startswith(b"event: "), lines
    assert data.startswith(b"data: "), lines
    assert blank == b"\n", lines
    assert b"\r" not in head + data, lines
    assert event_problems(head[7:-1].decode(), data[6:-1]) == []
    text = data[6:-1].decode()
    value = text if text == "[DONE]" else json.loads(text)
    return Event(head[7:-1].decode(), value, ids[0][4:-1].decode() if ids else None)


def _lower(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}
