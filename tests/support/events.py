"""Events of runs as the service sends them, in its recorded order."""

from __future__ import annotations

from typing import Any

Sent = tuple[str, dict[str, Any]]


def run(status: str, **fields: Any) -> Sent:
    """An event of the run."""
    data = {"id": "run_1", "object": "thread.run", "thread_id": "thread_1", **fields}
    return f"thread.run.{status}", {**data, "status": "queued" if status == "created" else status}


def message(status: str, text: str | None = None) -> Sent:
    """An event of the message."""
    content = [] if text is None else [{"type": "text", "text": {"value": text, "annotations": []}}]
    data = {"id": "msg_1", "object": "thread.message", "role": "assistant", "run_id": "run_1"}
    state = "in_progress" if status == "created" else status
    return f"thread.message.{status}", {**data, "status": state, "content": content}


def text_delta(value: str, *, first: bool = False) -> Sent:
    """New text in the message."""
    text = {"value": value, "annotations": []} if first else {"value": value}
    content = [{"index": 0, "type": "text", "text": text}]
    data = {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}
    return "thread.message.delta", data


def step(status: str, *, calls: list[Any] | None = None) -> Sent:
    """An event of the step: one that makes the message, or one with calls."""
    details: dict[str, Any] = {
        "type": "message_creation",
        "message_creation": {"message_id": "msg_1"},
    }
    if calls is not None:
        details = {"type": "tool_calls", "tool_calls": calls}
    data = {"id": "step_1", "object": "thread.run.step", "run_id": "run_1", "type": details["type"]}
    state = "in_progress" if status == "created" else status
    return f"thread.run.step.{status}", {**data, "status": state, "step_details": details}


def call_delta(index: int, **fields: Any) -> Sent:
    """Something new in a function call of the step."""
    calls = [{"index": index, "type": "function", **fields}]
    delta = {"step_details": {"type": "tool_calls", "tool_calls": calls}}
    return "thread.run.step.delta", {
        "id": "step_1",
        "object": "thread.run.step.delta",
        "delta": delta,
    }


def text_run(*texts: str) -> list[Sent]:
    """A run that says these texts, one after the other, in one message."""
    return [
        run("created"),
        run("queued"),
        run("in_progress"),
        step("created"),
        step("in_progress"),
        message("created"),
        message("in_progress"),
        *(text_delta(text, first=index == 0) for index, text in enumerate(texts)),
        message("completed", "".join(texts)),
        step("completed"),
        run("completed"),
    ]


def function_run(arguments: str = '{"at": "sea"}') -> list[Sent]:
    """A run that stops at two function calls, `look` with these arguments and `ask` with none."""
    look = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look", "arguments": arguments},
    }
    ask = {"id": "call_2", "type": "function", "function": {"name": "ask", "arguments": "{}"}}
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [look, ask]}}
    return [
        run("created"),
        run("queued"),
        run("in_progress"),
        step("created", calls=[]),
        step("in_progress", calls=[]),
        call_delta(0, id="call_1", function={"name": "look", "arguments": "", "output": None}),
        *(call_delta(0, function={"arguments": character}) for character in arguments),
        call_delta(1, id="call_2", function={"name": "ask", "arguments": "", "output": None}),
        call_delta(1, function={"arguments": "{}"}),
        run("requires_action", required_action=action),
    ]
