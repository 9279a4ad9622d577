"""The usual steps of a conversation, over HTTP."""

from __future__ import annotations

import time
from typing import Any

from tests.support.http import Http

TERMINAL = {"completed", "incomplete", "failed", "cancelled", "expired"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def new_assistant(http: Http, **fields: Any) -> str:
    """The id of a new assistant."""
    return http.ok("POST", "/assistants", {"model": "scripted-model", **fields})["id"]


def new_thread(http: Http, *texts: str) -> str:
    """The id of a new thread, on which the user has said `texts`."""
    messages = [{"role": "user", "content": text} for text in texts]
    return http.ok("POST", "/threads", {"messages": messages})["id"]


def new_run(http: Http, thread: str, assistant: str, **fields: Any) -> dict[str, Any]:
    """A new run, as the call answered it."""
    return http.ok("POST", f"/threads/{thread}/runs", {"assistant_id": assistant, **fields})


def path_of(run: dict[str, Any]) -> str:
    """The path of a run."""
    return f"/threads/{run['thread_id']}/runs/{run['id']}"


def reach(http: Http, run: dict[str, Any], *statuses: str, seconds: float = 15) -> dict[str, Any]:
    """The run once it has one of `statuses`; any other end is a failure."""
    deadline = time.monotonic() + seconds
    while (now := http.ok("GET", path_of(run)))["status"] not in statuses:
        assert now["status"] not in TERMINAL, now
        assert time.monotonic() < deadline, now
        time.sleep(0.01)
    return now


def finish(http: Http, run: dict[str, Any]) -> dict[str, Any]:
    """The run once it is terminal."""
    return reach(http, run, *TERMINAL)


def texts(http: Http, thread: str) -> list[str]:
    """What was said on the thread, oldest first."""
    messages = http.ok("GET", f"/threads/{thread}/messages?order=asc&limit=100")["data"]
    return ["".join(part["text"]["value"] for part in m["content"]) for m in messages]


def steps_of(http: Http, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the run, oldest first."""
    return http.ok("GET", f"{path_of(run)}/steps?order=asc")["data"]
