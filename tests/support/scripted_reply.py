"""What a scripted model says, as values: pieces of a reply, and how they look on the wire."""

from __future__ import annotations

import asyncio
import enum
import itertools
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


class Fault(enum.Enum):
    """What goes wrong at this place of a reply; what would follow is not sent."""

    DROP = "the connection breaks"
    END = "the body ends in good order, but too early"
    SILENCE = "nothing comes any more, until the client gives up"


DROP, END, SILENCE = Fault.DROP, Fault.END, Fault.SILENCE


class Gate:
    """Holds replies back at its place until the test opens it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._reached = threading.Event()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    def open(self) -> None:
        """Let the replies go on."""
        with self._lock:
            self._open.set()
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            loop.call_soon_threadsafe(event.set)

    async def reached(self, timeout: float = 10.0) -> None:
        """Return as soon as a reply stands at the gate, so that all before it has been sent."""
        if not await asyncio.to_thread(self._reached.wait, timeout):
            raise TimeoutError("no reply has come to the gate")

    def wait_reached(self, timeout: float = 10.0) -> None:
        """The same for tests that are not async."""
        if not self._reached.wait(timeout):
            raise TimeoutError("no reply has come to the gate")

    async def passed(self) -> None:
        """For the server: wait until the gate is open."""
        event = asyncio.Event()
        with self._lock:
            self._waiters.append((asyncio.get_running_loop(), event))
            if self._open.is_set():
                event.set()
        self._reached.set()
        await event.wait()


@dataclass(frozen=True)
class FunctionCall:
    """A call in a reply; `arguments` comes in two deltas, as from most servers."""

    name: str
    arguments: str
    id: str


@dataclass(frozen=True)
class Refusal:
    """A part of a refusal."""

    text: str


Piece: TypeAlias = "str | bytes | float | Gate | Fault | FunctionCall | Refusal | dict[str, Any]"
"""Text; raw bytes of the body; a pause in seconds; a gate; a fault; a call; a delta as it is."""

DEFAULT_USAGE = (10, 5)
_ids = itertools.count(1)


@dataclass(frozen=True)
class Reply:
    """One answer to `/chat/completions`. `body` instead of pieces is sent as it stands."""

    pieces: Sequence[Piece] = ()
    finish_reason: str = "stop"
    usage: tuple[int, int] | None = DEFAULT_USAGE
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def call(name: str, arguments: str, id: str | None = None) -> FunctionCall:
    """A call of the function `name`, with an id of its own."""
    return FunctionCall(name, arguments, id or f"call_scripted_{next(_ids)}")


def stream_steps(reply: Reply, model: str, *, with_usage: bool) -> Iterator[bytes | Piece]:
    """The events of a streamed reply as bytes, and between them the gates, pauses and faults."""
    calls = 0
    yield _event(model, {"role": "assistant", "content": ""})
    for piece in reply.pieces:
        match piece:
            case str():
                yield _event(model, {"content": piece})
            case Refusal(text):
                yield _event(model, {"refusal": text})
            case FunctionCall():
                yield from (_event(model, delta) for delta in _call_deltas(piece, calls))
                calls += 1
            case dict():
                yield _event(model, piece)
            case _:
                yield piece
                if isinstance(piece, Fault):
                    return
    yield _event(model, {}, finish_reason=reply.finish_reason)
    if with_usage and reply.usage is not None:
        yield _sse({**_chunk(model), "choices": [], "usage": _usage(reply.usage)})
    yield b"data: [DONE]\n\n"


def completion(reply: Reply, model: str) -> bytes:
    """The whole reply as one JSON object, as it is sent without `stream`."""
    texts = [piece for piece in reply.pieces if isinstance(piece, str)]
    refusals = [piece.text for piece in reply.pieces if isinstance(piece, Refusal)]
    calls = [piece for piece in reply.pieces if isinstance(piece, FunctionCall)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts) if texts else None,
        "refusal": "".join(refusals) if refusals else None,
    }
    if calls:
        message["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    whole = {**_chunk(model), "object": "chat.completion", "choices": [choice]}
    if reply.usage is not None:
        whole["usage"] = _usage(reply.usage)
    return json.dumps(whole).encode()


def _call_deltas(function_call: FunctionCall, index: int) -> Iterator[dict[str, Any]]:
    half = len(function_call.arguments) // 2
    first = {
        "index": index,
        "id": function_call.id,
        "type": "function",
        "function": {"name": function_call.name, "arguments": ""},
    }
    yield {"tool_calls": [first]}
    for part in (function_call.arguments[:half], function_call.arguments[half:]):
        yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}


def _event(model: str, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return _sse({**_chunk(model), "choices": [choice]})


def _chunk(model: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": model,
    }


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    prompt, completion_ = usage
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion_,
        "total_tokens": prompt + completion_,
    }


def _sse(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"
