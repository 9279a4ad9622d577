"""Bodies that are refused, each with the exact answer."""

from __future__ import annotations

from typing import Any

NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using "
    "your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not "
    "valid JSON.)"
)
FUNCTION = {"type": "function", "function": {"name": "f"}}

ASSISTANTS = "/assistants"
THREADS = "/threads"
MESSAGES = "/threads/{thread}/messages"
RUNS = "/threads/{thread}/runs"

CASES: list[tuple[str, Any, str, str | None, str | None]] = [
    (THREADS, b'{"messages": [', NOT_JSON, None, None),
    (THREADS, b"{'metadata': {}}", NOT_JSON, None, None),
    (THREADS, b'{"metadata": {"k": "\xff"}}', NOT_JSON, None, None),
    (THREADS, b'{"metadata":' + b"[" * 100_000, NOT_JSON, None, None),
    (ASSISTANTS, b"", NOT_JSON, None, None),
    (
        THREADS,
        b"[]",
        "Invalid type: expected an object, but got an array instead.",
        None,
        "invalid_type",
    ),
    (
        RUNS,
        {},
        "Missing required parameter: 'assistant_id'.",
        "assistant_id",
        "missing_required_parameter",
    ),
    (
        ASSISTANTS,
        {"name": "x"},
        "Missing required parameter: 'model'.",
        "model",
        "missing_required_parameter",
    ),
    (
        MESSAGES,
        {"role": "user", "content": "x", "attachments": [{"file_id": "file-1"}]},
        "Missing required parameter: 'attachments[0].tools'.",
        "attachments[0].tools",
        "missing_required_parameter",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "function", "function": {}}]},
        "Missing required parameter: 'tools[0].function.name'.",
        "tools[0].function.name",
        "missing_required_parameter",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "truncation_strategy": {"type": "last_messages"}},
        "Missing required parameter: 'truncation_strategy.last_messages'.",
        "truncation_strategy.last_messages",
        "missing_required_parameter",
    ),
    (
        "/threads/runs",
        {"assistant_id": "asst_1", "tool_choice": {"type": "function"}},
        "Missing required parameter: 'tool_choice.function'.",
        "tool_choice.function",
        "missing_required_parameter",
    ),
    (
        THREADS,
        {"messages": [{"role": "user", "content": "x", "id": "msg_1"}]},
        "Unknown parameter: 'messages[0].id'.",
        "messages[0].id",
        "unknown_parameter",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tool_resources": {}},
        "Unknown parameter: 'tool_resources'.",
        "tool_resources",
        "unknown_parameter",
    ),
    (
        MESSAGES,
        {"role": "human", "content": "x"},
        "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
        "role",
        "invalid_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "additional_messages": [{"role": "system", "content": "x"}]},
        "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
        "additional_messages[0].role",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "retrieval"}]},
        "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'file_search', and 'function'.",
        "tools[0].type",
        "invalid_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tool_choice": "always"},
        "Invalid value: 'always'. Supported values are: 'none', 'auto', and 'required'.",
        "tool_choice",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "response_format": {"type": "json"}},
        "Invalid value: 'json'. Supported values are: 'text', 'json_object', and 'json_schema'.",
        "response_format.type",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "reasoning_effort": "most"},
        (
            "Invalid value: 'most'. Supported values are: "
            "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'."
        ),
        "reasoning_effort",
        "invalid_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "function", "function": {"name": "get weather"}}]},
        (
            "Invalid 'tools[0].function.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
        "tools[0].function.name",
        "invalid_value",
    ),
    (
        THREADS,
        {"metadata": {"modified": True}},
        "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
        "metadata.modified",
        "invalid_type",
    ),
    (
        MESSAGES,
        {"role": "user", "content": 7},
        "Invalid type for 'content': expected one of a string or array of objects, but got an integer instead.",
        "content",
        "invalid_type",
    ),
    (
        MESSAGES,
        {"role": "user", "content": None},
        "Invalid type for 'content': expected one of a string or array of objects, but got null instead.",
        "content",
        "invalid_type",
    ),
    (
        ASSISTANTS,
        {"model": "m", "temperature": "hot"},
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
        "temperature",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "max_prompt_tokens": 300.5},
        "Invalid type for 'max_prompt_tokens': expected an integer, but got a decimal number instead.",
        "max_prompt_tokens",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "stream": "yes"},
        "Invalid type for 'stream': expected a boolean, but got a string instead.",
        "stream",
        "invalid_type",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "tools": {"type": "function"}},
        "Invalid type for 'tools': expected an array of objects, but got an object instead.",
        "tools",
        "invalid_type",
    ),
    (
        ASSISTANTS,
        {"model": "m", "temperature": 2.1},
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.1 instead.",
        "temperature",
        "decimal_above_max_value",
    ),
    (
        ASSISTANTS,
        {"model": "m", "top_p": -1},
        "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -1 instead.",
        "top_p",
        "decimal_below_min_value",
    ),
    (
        RUNS,
        {"assistant_id": "asst_1", "max_completion_tokens": 0},
        "Invalid 'max_completion_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        "max_completion_tokens",
        "integer_below_min_value",
    ),
    (
        THREADS,
        {"metadata": {f"k{n}": "v" for n in range(17)}},
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
            "but got an object with 17 properties instead."
        ),
        "metadata",
        "object_above_max_properties",
    ),
    (
        THREADS,
        {"metadata": {"k": "v" * 600}},
        (
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, "
            "but got a string with length 600 instead."
        ),
        "metadata.k",
        "string_above_max_length",
    ),
    (
        THREADS,
        {"metadata": {"k" * 65: "v"}},
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. "
            "Expected a string with maximum length 64, but got a string with length 65 instead."
        ),
        f"metadata.{'k' * 65}",
        "property_name_above_max_length",
    ),
    (
        MESSAGES,
        {"role": "user", "content": "ä" * 256_001},
        (
            "Invalid 'content': string too long. Expected a string with maximum length 256000, "
            "but got a string with length 256001 instead."
        ),
        "content",
        "string_above_max_length",
    ),
    (
        ASSISTANTS,
        {"model": "m", "name": "n" * 257},
        (
            "Invalid 'name': string too long. Expected a string with maximum length 256, "
            "but got a string with length 257 instead."
        ),
        "name",
        "string_above_max_length",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [FUNCTION] * 150},
        (
            "Invalid 'tools': array too long. Expected an array with maximum length 128, "
            "but got an array with length 150 instead."
        ),
        "tools",
        "array_above_max_length",
    ),
    (
        ASSISTANTS,
        {"model": "m", "tools": [{"type": "function", "function": {"name": ""}}]},
        (
            "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length 1, "
            "but got an empty string instead."
        ),
        "tools[0].function.name",
        "empty_string",
    ),
    (
        MESSAGES,
        {"role": "user", "content": []},
        (
            "Invalid 'content': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead."
        ),
        "content",
        "empty_array",
    ),
    (
        "/vector_stores/vs_1/file_batches",
        {"file_ids": ["file-1"], "files": [{"file_id": "file-1"}]},
        "Invalid 'files': it cannot be given together with 'file_ids'.",
        "files",
        "mutually_exclusive_parameters",
    ),
    (
        "/vector_stores",
        {
            "file_ids": ["file-1"],
            "chunking_strategy": {
                "type": "static",
                "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 101},
            },
        },
        (
            "Invalid 'chunking_strategy.static.chunk_overlap_tokens': integer above maximum value. "
            "Expected a value <= 100, half of 'max_chunk_size_tokens', but got 101 instead."
        ),
        "chunking_strategy.static.chunk_overlap_tokens",
        "integer_above_max_value",
    ),
]
"""Path, body, message, param, code. A `{thread}` in the path stands for some thread."""
