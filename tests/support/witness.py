"""A witness in front of the server: notes every call of the API and holds each answer to the published schema."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.schemas import answer_problems, event_problems, template_of

EVENT = re.compile(rb"(?:id: \d+\.\d+\n)?event: ([a-z._]+)\ndata: ([^\r\n]+)")


@dataclass(frozen=True)
class Seen:
    """One call: the template of its path, and how it ended."""

    method: str
    template: str
    status: int
    streamed: bool

    @property
    def operation(self) -> str:
        """As the documentation names it."""
        return f"{self.method} {self.template}"


class Witness:
    """Wraps the application; `seen` and `problems` grow with each answer that is complete."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seen: list[Seen] = []
        self.problems: list[str] = []

    def check(self) -> None:
        """Fail if any answer or event was not as the schema says."""
        assert not self.problems, "\n".join(self.problems)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        template = template_of(scope["path"]) if scope["type"] == "http" else None
        if template is None:
            await self._app(scope, receive, send)
            return
        answer = _Answer()

        async def note(message: Message) -> None:
            answer.note(message)
            await send(message)
            if answer.is_complete:
                self._look_at(scope["method"], template, answer)

        await self._app(scope, receive, note)

    def _look_at(self, method: str, template: str, answer: _Answer) -> None:
        streamed = answer.content_type.startswith("text/event-stream")
        seen = Seen(method, template, answer.status, streamed)
        self.seen.append(seen)
        if streamed:
            problems = _stream_problems(answer.body)
        else:
            problems = answer_problems(
                method, template, answer.status, answer.content_type, answer.body
            )
        self.problems += [f"{seen.operation} {answer.status}: {problem}" for problem in problems]


class _Answer:
    """An answer as it is sent."""

    def __init__(self) -> None:
        self.status = 0
        self.content_type = ""
        self.body = b""
        self.is_complete = False

    def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: dict[bytes, bytes] = dict(message["headers"])
            self.content_type = headers.get(b"content-type", b"").decode()
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.is_complete = not message.get("more_body")


def _stream_problems(body: bytes) -> list[str]:
    """What does not fit about a whole stream: an `event:` and a `data:` line, a blank line, nothing else."""
    *blocks, rest = body.split(b"\n\n")
    problems = [f"ends in {rest!r}"] if rest else []
    for block in blocks:
        lines = EVENT.fullmatch(block)
        if lines is None:
            problems.append(f"is no event: {block!r}")
        else:
            problems += event_problems(lines[1].decode(), lines[2])
    return problems
