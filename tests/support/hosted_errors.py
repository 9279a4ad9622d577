"""What the hosted service is known to have said when it refused a request: the messages that programs match.

Ids, names and numbers are examples. A message that ends with `...` is known only so far, or goes on with pages of its
own. Rows of our own pattern, where nobody has recorded the service, are not here.
"""

from __future__ import annotations

from typing import NamedTuple


class HostedError(NamedTuple):
    """A refusal; `code` is None where there was none or where it is not known."""

    status: int
    message: str
    code: str | None = None


TOO_LONG = "string_above_max_length"
HOSTED = [
    HostedError(404, "No thread found with id 'thread_X'."),
    HostedError(404, "No assistant found with id 'asst_X'."),
    HostedError(404, "No run found with id 'run_X'."),
    HostedError(404, "No message found with id 'msg_X'."),
    HostedError(404, "No run step found with id 'step_123'."),
    HostedError(404, "No vector store found with id 'vs_X'."),
    HostedError(404, "No file found with id 'file-X' in vector store 'vs_X'."),
    HostedError(404, "No such File object: file-X"),
    HostedError(
        400,
        "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'.",
        "invalid_value",
    ),
    HostedError(
        400, "Invalid 'assistant_id': '2'. Expected an ID that begins with 'asst'.", "invalid_value"
    ),
    HostedError(400, "Can't add messages to thread_X while a run run_Y is active."),
    HostedError(400, "Thread thread_X already has an active run run_Y."),
    HostedError(400, "Cannot cancel run with status 'completed'."),
    HostedError(400, "Cannot update run with status 'in_progress'."),
    HostedError(400, 'Runs in status "expired" do not accept tool outputs.'),
    HostedError(400, "Expected tool outputs for call_ids ['call_A', 'call_B'], got ['call_B']"),
    HostedError(
        400,
        "Invalid type for 'tool_outputs[0].output': expected a string, but got an integer instead.",
        "invalid_type",
    ),
    HostedError(
        400,
        "Run creation requires a Thread with a user message or an assistant with instructions.",
        "invalid_thread",
    ),
    HostedError(400, "Missing required parameter: 'assistant_id'.", "missing_required_parameter"),
    HostedError(400, "Unknown parameter: 'messages[0].id'.", "unknown_parameter"),
    HostedError(
        400,
        "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
        "invalid_value",
    ),
    HostedError(
        400,
        "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
        "invalid_type",
    ),
    HostedError(
        400,
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
        "but got an object with 17 properties instead.",
        "object_above_max_properties",
    ),
    HostedError(
        400,
        "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, "
        "but got a string with length 600 instead.",
        TOO_LONG,
    ),
    HostedError(  # of this one only the code is known
        400, "Invalid property name in 'metadata': ...", "property_name_above_max_length"
    ),
    HostedError(
        400,
        "Invalid 'content': string too long. Expected a string with maximum length 256000, "
        "but got a string with length 256001 instead.",
        TOO_LONG,
    ),
    HostedError(
        400,
        "Invalid 'limit': integer above maximum value. "
        "Expected a value <= 100, but got 1000 instead.",
        "integer_above_max_value",
    ),
    HostedError(
        400,
        "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        "integer_below_min_value",
    ),
    HostedError(
        400,
        "Invalid 'tools': array too long. Expected an array with maximum length 128, "
        "but got an array with length 150 instead.",
        "array_above_max_length",
    ),
    HostedError(
        400,
        "The requested model 'gpt-5.1' cannot be used with the Assistants API.",
        "unsupported_model",
    ),
    HostedError(
        400,
        "Files with extensions [.csv] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files",
        "unsupported_file",
    ),
    HostedError(400, "Failed to index file: Unsupported file ..."),
    HostedError(400, "Invalid message content: Expected file type to be a supported format: ..."),
    HostedError(
        400,
        "Invalid 'content[0].image_url.url'. Expected url to end in a supported format ...",
        "invalid_value",
    ),
    HostedError(400, "Vector store 'vs_X' has expired..."),
    HostedError(400, "Not allowed to download files of purpose: assistants"),
    HostedError(
        400,
        "'world_domination' is not one of "
        "['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
    ),
    HostedError(
        400,
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        "invalid_beta",
    ),
    HostedError(
        400,
        "Invalid beta header provided: 'v1'. "
        "The header should be in the format 'OpenAI-Beta: example_beta=v1'.",
        "invalid_beta",
    ),
    HostedError(400, "Unknown beta requested: 'vector_stores'.", "invalid_beta"),
    HostedError(
        400,
        "The v1 Assistants API has been deprecated. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        "invalid_beta",
    ),
    HostedError(401, "Incorrect API key provided: sk-...abcd. You can ...", "invalid_api_key"),
    HostedError(
        400,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
        "using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was "
        "sent was not valid JSON. ...",
    ),
    HostedError(404, "Invalid URL (DELETE /v1/foo)"),
    HostedError(405, "Invalid method for URL (GET /v1/images/generations)"),
    HostedError(
        500,
        "The server had an error processing your request. Sorry about that! "
        "You can retry your request, or contact ...",
    ),
]
