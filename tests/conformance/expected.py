"""What every official SDK has to see in the conversation with `scripted_conversation`, by contract §7.3 and §7.4."""

from __future__ import annotations

from typing import Any

RUN_STARTS = {"thread.run.created": 1, "thread.run.queued": 1, "thread.run.in_progress": 1}
RUN_GOES_ON = {"thread.run.queued": 1, "thread.run.in_progress": 1}
STEP_STARTS = {"thread.run.step.created": 1, "thread.run.step.in_progress": 1}
MESSAGE_STARTS = {"thread.message.created": 1, "thread.message.in_progress": 1}

CALL_EVENTS = {
    "thread.created": 1,
    **RUN_STARTS,
    "thread.run.step.created": 2,
    "thread.run.step.in_progress": 2,
    **MESSAGE_STARTS,
    "thread.message.delta": 3,
    "thread.message.completed": 1,
    "thread.run.step.completed": 1,
    "thread.run.step.delta": 6,
    "thread.run.requires_action": 1,
}
"""A message of three words, then two calls in one step: each opens with its name, its arguments come in two pieces."""

ANSWER_EVENTS = {
    **RUN_GOES_ON,
    **STEP_STARTS,
    **MESSAGE_STARTS,
    "thread.message.delta": 4,
    "thread.message.completed": 1,
    "thread.run.step.completed": 2,
    "thread.run.completed": 1,
}
"""The step with the calls is completed first, then comes a message of four words."""

THIRD_EVENTS = {**ANSWER_EVENTS, **RUN_STARTS, "thread.run.step.completed": 1}
"""A run that does nothing but answer, in four words."""

CANCELLED_EVENTS = {
    "thread.created": 1,
    **RUN_STARTS,
    **STEP_STARTS,
    **MESSAGE_STARTS,
    "thread.message.delta": 1,
    "thread.run.cancelling": 1,
    "thread.message.incomplete": 1,
    "thread.run.step.cancelled": 1,
    "thread.run.cancelled": 1,
}
FAILED_EVENTS = {"thread.created": 1, **RUN_STARTS, "thread.run.failed": 1}

SEARCH_EVENTS = {
    "thread.created": 1,
    **RUN_STARTS,
    "thread.run.step.created": 2,
    "thread.run.step.in_progress": 2,
    "thread.run.step.delta": 1,
    **MESSAGE_STARTS,
    "thread.message.delta": 5,
    "thread.message.completed": 1,
    "thread.run.step.completed": 2,
    "thread.run.completed": 1,
}
"""A search comes in one delta and is completed at once; then four words, and a citation in one delta."""

RAW_EVENTS = [
    "thread.run.created",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    *["thread.message.delta"] * 6,
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
]

SAID = [
    "How is the weather in Oslo and in Rome?",
    "Let me look.",
    "In short: rain, sun.",
    "Thank you.",
    "You said: Thank you.",
]
NUMBERS = [str(number) for number in range(45)]

OBJECTS: dict[str, Any] = {
    "assistant read": True,
    "tools": ["function", "file_search"],
    "assistant renamed": "Eve",
    "thread read": {"b": "2"},
    "thread changed": {"c": "3"},
    "message read": True,
    "message changed": {"d": "4"},
    "message deleted": True,
    "thread deleted": True,
    "assistant deleted": True,
    "model": "scripted-model",
    "models": ["scripted-model"],
}
LISTS: dict[str, Any] = {
    "newest first": NUMBERS[::-1],
    "oldest first": NUMBERS,
    "pages": [20, 20, 5],
    "after": NUMBERS[42:],
    "before": NUMBERS[6:10],
    "assistants": True,
}
POLLING: dict[str, Any] = {
    "statuses": ["requires_action", "completed", "completed"],
    "tokens": 30,
    "steps": [
        ["message_creation", "completed"],
        ["tool_calls", "completed"],
        ["message_creation", "completed"],
    ],
    "outputs": ["rain", "sun"],
    "said": SAID,
    "said by the run": ["You said: Thank you."],
    "runs": True,
    "run changed": {"e": "5"},
    "run read": "completed",
}
ERRORS: dict[str, Any] = {
    "missing": ["NotFoundError", 404, None, None, "No thread found with id 'thread_gone'."],
    "wrong id": [
        "BadRequestError",
        400,
        "invalid_value",
        "thread_id",
        "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'.",
    ],
    "message while locked": [
        "BadRequestError",
        400,
        None,
        None,
        "Can't add messages to thread_id while a run run_id is active.",
    ],
    "run while locked": [
        "BadRequestError",
        400,
        None,
        None,
        "Thread thread_id already has an active run run_id.",
    ],
    "too few outputs": [
        "BadRequestError",
        400,
        None,
        None,
        "Expected tool outputs for call_ids ['call_0', 'call_1'], got ['call_1']",
    ],
    "late outputs": [
        "BadRequestError",
        400,
        None,
        None,
        'Runs in status "failed" do not accept tool outputs.',
    ],
    "nothing to say": [
        "BadRequestError",
        400,
        "invalid_thread",
        None,
        "Run creation requires a Thread with a user message or an assistant with instructions.",
    ],
    "failed": ["failed", "server_error"],
}

FILES: dict[str, Any] = {
    "processed": "processed",
    "read": [True, "你好.jsonl", 9, "batch"],
    "pages": [2, 2, 1],
    "listed": True,
    "downloaded": '{"a": 1}\n',
    "not to be downloaded": [
        "BadRequestError",
        400,
        None,
        None,
        "Not allowed to download files of purpose: assistants",
    ],
    "deleted": [True] * 6,
    "gone": ["NotFoundError", 404, None, "id", "No such File object: file_id"],
}
VECTOR_STORES: dict[str, Any] = {
    "files": ["completed", {"sea": True}, "completed", {}],
    "batches": [["completed", 2, 2], ["completed", 3, 3]],
    "of the batch": True,
    "batch read": "completed",
    "cancelled too late": "completed",
    "pages": [3, 3, 1],
    "of a kind": 0,
    "counts": {"cancelled": 0, "completed": 7, "failed": 0, "in_progress": 0, "total": 7},
    "found": [["whales.txt", "Whales are the largest animals that ever lived.", True]],
    "text": ["Whales are the largest animals that ever lived."],
    "file read": "completed",
    "file changed": {"legs": 0},
    "file removed": True,
    "changed": "Beasts",
    "stores": True,
    "removed": [True] * 6,
    "gone": ["NotFoundError", 404, None, None, "No vector store found with id 'vs_id'."],
}
FOUND = "It is found【0:0†whales.txt】."
SEARCHING: dict[str, Any] = {
    "first": [FOUND, [["whales", True, "Whales are the largest animals that ever lived."]]],
    "second": [
        "It is found【1:0†owls.md】.",
        [["owls", True, "Owls hunt at night, and hear a mouse under the snow."]],
    ],
    "results": [[[name, shown] for name in ("whales.txt", "owls.md")] for shown in (True, False)],
    "store of the thread": True,
}
