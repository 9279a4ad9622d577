"""Request bodies that use every field, to be sent as they are or spoilt."""

from __future__ import annotations

from typing import Any

from threadkeep.types.assistant import AssistantCreate, AssistantUpdate
from threadkeep.types.message import MessageCreate, MessageUpdate
from threadkeep.types.run_request import (
    RunCreate,
    RunUpdate,
    ThreadRunCreate,
    ToolOutputsSubmit,
)
from threadkeep.types.thread import ThreadCreate, ThreadUpdate

METADATA: dict[str, Any] = {"topic": "weather"}
FUNCTION_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        "strict": False,
    },
}
TOOLS: list[Any] = [
    {"type": "code_interpreter"},
    {
        "type": "file_search",
        "file_search": {
            "max_num_results": 5,
            "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
        },
    },
    FUNCTION_TOOL,
]
TOOL_RESOURCES: dict[str, Any] = {
    "code_interpreter": {"file_ids": ["file-1"]},
    "file_search": {"vector_store_ids": ["vs_1"]},
}
RESPONSE_FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
}
MESSAGE: dict[str, Any] = {
    "role": "user",
    "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ],
    "attachments": [{"file_id": "file-1", "tools": [{"type": "file_search"}]}],
    "metadata": METADATA,
}
THREAD: dict[str, Any] = {
    "messages": [MESSAGE, {"role": "assistant", "content": "A picture."}],
    "tool_resources": TOOL_RESOURCES,
    "metadata": METADATA,
}
ASSISTANT: dict[str, Any] = {
    "model": "gpt-4o",
    "name": "Helper",
    "description": "Helps",
    "instructions": "Be kind.",
    "tools": TOOLS,
    "tool_resources": TOOL_RESOURCES,
    "metadata": METADATA,
    "temperature": 1,
    "top_p": 0.5,
    "response_format": "auto",
    "reasoning_effort": "low",
}
_OVERRIDES: dict[str, Any] = {
    "assistant_id": "asst_1",
    "model": "gpt-4o",
    "instructions": "Be brief.",
    "tools": TOOLS,
    "metadata": METADATA,
    "temperature": 0.2,
    "top_p": 1,
    "stream": False,
    "max_prompt_tokens": 256,
    "max_completion_tokens": 256,
    "truncation_strategy": {"type": "last_messages", "last_messages": 3},
    "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
    "parallel_tool_calls": True,
    "response_format": RESPONSE_FORMAT,
    "reasoning_effort": None,
}
RUN: dict[str, Any] = {
    **_OVERRIDES,
    "additional_instructions": "Be kind.",
    "additional_messages": [MESSAGE],
}
THREAD_RUN: dict[str, Any] = {**_OVERRIDES, "thread": THREAD, "tool_resources": TOOL_RESOURCES}
TOOL_OUTPUTS: dict[str, Any] = {
    "tool_outputs": [{"tool_call_id": "call_1", "output": "rain"}],
    "stream": True,
}

FULL: list[tuple[type, dict[str, Any]]] = [
    (AssistantCreate, ASSISTANT),
    (AssistantUpdate, ASSISTANT),
    (ThreadCreate, THREAD),
    (ThreadUpdate, {"tool_resources": TOOL_RESOURCES, "metadata": METADATA}),
    (MessageCreate, MESSAGE),
    (MessageUpdate, {"metadata": METADATA}),
    (RunCreate, RUN),
    (ThreadRunCreate, THREAD_RUN),
    (RunUpdate, {"metadata": METADATA}),
    (ToolOutputsSubmit, TOOL_OUTPUTS),
]
"""Every type of request body with an example."""
