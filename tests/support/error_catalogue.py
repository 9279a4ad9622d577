"""Every error of the API (contract §2.1): how to get it, and the exact answer."""

from __future__ import annotations

from typing import Any

from tests.support.conversation import path_of
from tests.support.error_row import Ask, Row, get, on_run, post
from tests.support.http import Answer, Http
from tests.support.refusals import NOT_JSON
from tests.support.scene import DAY, Scene
from tests.support.uploads import field, file, send_form, upload

MESSAGE: dict[str, Any] = {"role": "user", "content": "x"}
INVALID, TYPE, MISSING = "invalid_value", "invalid_type", "missing_required_parameter"


def message_with(**fields: Any) -> Ask:
    return post("/threads/{thread}/messages", {**MESSAGE, **fields})


def thread_with(metadata: Any) -> Ask:
    return post("/threads", {"metadata": metadata})


def outputs(scene: Scene, *ids: str) -> dict[str, Any]:
    return {"tool_outputs": [{"tool_call_id": id_, "output": "x"} for id_ in ids]}


def missing(noun: str, path: str, id: str) -> Row:
    return Row(f"no {noun}", get(path), 404, f"No {noun} found with id '{id}'.")


def change_assistant(scene: Scene) -> Answer:
    return scene.http.post(f"/assistants/{scene.assistant}", {"model": "gpt-5.1"})


def run_with_another_model(scene: Scene) -> Answer:
    body = {"assistant_id": scene.assistant, "model": "gpt-5.1"}
    return scene.http.post(f"/threads/{scene.thread}/runs", body)


def run_with_another_model_on_a_new_thread(scene: Scene) -> Answer:
    thread = {"messages": [MESSAGE]}
    body = {"assistant_id": scene.assistant, "model": "gpt-5.1", "thread": thread}
    return scene.http.post("/threads/runs", body)


def unsupported(name: str, ask: Ask) -> Row:
    message = "The requested model 'gpt-5.1' cannot be used with the Assistants API."
    return Row(
        f"a model that no route takes: {name}", ask, 400, message, "model", "unsupported_model"
    )


NOTHING_THERE = [
    missing("thread", "/threads/thread_X", "thread_X"),
    missing("assistant", "/assistants/asst_X", "asst_X"),
    missing("run", "/threads/{thread}/runs/run_X", "run_X"),
    missing("message", "/threads/{thread}/messages/msg_X", "msg_X"),
    Row(
        "no run step",
        lambda scene: scene.http.get(f"{path_of(scene.completed)}/steps/step_123"),
        *(404, "No run step found with id 'step_123'."),
    ),
    missing("vector store", "/vector_stores/vs_X", "vs_X"),
    Row(
        "no file in the vector store",
        get("/vector_stores/{store}/files/file-X"),
        *(404, "No file found with id 'file-X' in vector store '{scene.store}'."),
    ),
    missing("file batch", "/vector_stores/{store}/file_batches/vsfb_X", "vsfb_X"),
    Row("no file", get("/files/file-X"), 404, "No such File object: file-X", "id"),
    Row(
        "no model",
        get("/models/nothing"),
        *(404, "The model 'nothing' does not exist or you do not have access to it."),
        *("model", "model_not_found"),
    ),
    Row(
        "a thread id that is none",
        post("/threads/undefined/messages", MESSAGE),
        *(400, "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'."),
        *("thread_id", INVALID),
    ),
    Row(
        "an assistant id that is none",
        post("/threads/{thread}/runs", {"assistant_id": "2"}),
        *(400, "Invalid 'assistant_id': '2'. Expected an ID that begins with 'asst'."),
        *("assistant_id", INVALID),
    ),
    unsupported("a new assistant", post("/assistants", {"model": "gpt-5.1"})),
    unsupported("a changed assistant", change_assistant),
    unsupported("a run", run_with_another_model),
    unsupported("a run and a thread", run_with_another_model_on_a_new_thread),
    Row("no such URL", get("/foo"), 404, "Invalid URL (GET /v1/foo)"),
    Row(
        "no such method",
        lambda scene: scene.ask("DELETE", "/threads"),
        *(405, "Invalid method for URL (DELETE /v1/threads)"),
    ),
]


def active(action: Ask, state: str, message: str) -> Row:
    """What a run in this state is in the way of."""

    def ask(scene: Scene) -> Answer:
        getattr(scene, state)
        return action(scene)

    named = message.replace("{run}", f"{{scene.{state}[id]}}")
    return Row(f"{message} {state}", ask, 400, named.replace("{thread}", "{scene.thread}"))


def add_message(scene: Scene) -> Answer:
    return scene.http.post(f"/threads/{scene.thread}/messages", MESSAGE)


def add_run(scene: Scene) -> Answer:
    return scene.http.post(f"/threads/{scene.thread}/runs", {"assistant_id": scene.assistant})


def not_updatable(state: str) -> Row:
    message = f"Cannot update run with status '{state}'."
    return Row(message, on_run(state, "", {"metadata": {"a": "1"}}), 400, message)


def not_cancellable(state: str) -> Row:
    message = f"Cannot cancel run with status '{state}'."
    return Row(message, on_run(state, "/cancel"), 400, message)


def not_submittable(state: str) -> Row:
    message = f'Runs in status "{state}" do not accept tool outputs.'
    ask = on_run(state, "/submit_tool_outputs", {"tool_outputs": []})
    return Row(message, ask, 400, message)


IN_THE_WAY = [
    active(add_message, state, "Can't add messages to {thread} while a run {run} is active.")
    for state in ("in_progress", "waiting", "cancelling")
]
IN_THE_WAY += [
    active(add_run, state, "Thread {thread} already has an active run {run}.")
    for state in ("in_progress", "waiting", "cancelling")
]
IN_THE_WAY += [not_updatable(state) for state in ("queued", "in_progress")]
IN_THE_WAY += [
    not_cancellable(state)
    for state in ("completed", "failed", "incomplete", "cancelling", "cancelled", "expired")
]
IN_THE_WAY += [
    not_submittable(state)
    for state in ("in_progress", "completed", "failed", "incomplete", "cancelled", "expired")
]
IN_THE_WAY += [
    Row(
        "outputs for some calls",
        lambda scene: on_run("waiting", "/submit_tool_outputs", outputs(scene, scene.calls[1]))(
            scene
        ),
        400,
        "Expected tool outputs for call_ids {scene.calls}, got ['{scene.calls[1]}']",
    ),
    Row(
        "outputs for other calls",
        lambda scene: on_run(
            "waiting", "/submit_tool_outputs", outputs(scene, *scene.calls, "call_X")
        )(scene),
        400,
        "Expected tool outputs for call_ids {scene.calls}, "
        "got ['{scene.calls[0]}', '{scene.calls[1]}', 'call_X']",
    ),
    Row(
        "an active run deleted",
        lambda scene: scene.http.delete(path_of(scene.waiting)),
        *(400, "Cannot delete run with status 'requires_action'."),
    ),
    Row(
        "nothing to answer",
        lambda scene: scene.http.post("/threads/runs", {"assistant_id": scene.assistant}),
        400,
        "Run creation requires a Thread with a user message or an assistant with instructions.",
        code="invalid_thread",
    ),
]


def too_long(path: str, kind: str, most: int, got: int) -> str:
    noun = f"an {kind}" if kind == "array" else f"a {kind}"
    return (
        f"Invalid '{path}': {kind} too long. Expected {noun} with maximum length {most}, "
        f"but got {noun} with length {got} instead."
    )


def bound(path: str, relation: str, sign: str, limit: int, got: int) -> str:
    return (
        f"Invalid '{path}': integer {relation} value. "
        f"Expected a value {sign} {limit}, but got {got} instead."
    )


NOT_FITTING = [
    Row(
        "an output that is no text",
        on_run("waiting", "/submit_tool_outputs", {"tool_outputs": [{"output": 7}]}),
        400,
        "Invalid type for 'tool_outputs[0].output': expected a string, but got an integer instead.",
        *("tool_outputs[0].output", TYPE),
    ),
    Row(
        "a run of no assistant",
        post("/threads/{thread}/runs", {}),
        *(400, "Missing required parameter: 'assistant_id'.", "assistant_id", MISSING),
    ),
    Row(
        "an attachment for no tool",
        message_with(attachments=[{"file_id": "file-X"}]),
        *(400, "Missing required parameter: 'attachments[0].tools'."),
        *("attachments[0].tools", MISSING),
    ),
    Row(
        "an unknown parameter",
        post("/threads", {"messages": [{**MESSAGE, "id": "msg_X"}]}),
        *(400, "Unknown parameter: 'messages[0].id'.", "messages[0].id", "unknown_parameter"),
    ),
    Row(
        "an unknown role",
        message_with(role="human"),
        *(400, "Invalid value: 'human'. Supported values are: 'user' and 'assistant'."),
        *("role", INVALID),
    ),
    Row(
        "metadata of another type",
        thread_with({"modified": True}),
        400,
        "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
        *("metadata.modified", TYPE),
    ),
    Row(
        "too much metadata",
        thread_with({f"k{number}": "v" for number in range(17)}),
        400,
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
        "but got an object with 17 properties instead.",
        *("metadata", "object_above_max_properties"),
    ),
    Row(
        "a value that is too long",
        thread_with({"k": "v" * 600}),
        *(400, too_long("metadata.k", "string", 512, 600)),
        *("metadata.k", "string_above_max_length"),
    ),
    Row(
        "a key that is too long",
        thread_with({"k" * 65: "v"}),
        400,
        "Invalid property name in 'metadata': 'kkk...kkk' is too long. "
        "Expected a string with maximum length 64, but got a string with length 65 instead.",
        *(f"metadata.{'k' * 65}", "property_name_above_max_length"),
    ),
    Row(
        "a text that is too long",
        message_with(content="ä" * 256_001),
        *(400, too_long("content", "string", 256_000, 256_001)),
        *("content", "string_above_max_length"),
    ),
    Row(
        "a page that is too long",
        get("/assistants?limit=1000"),
        *(400, bound("limit", "above maximum", "<=", 100, 1000)),
        *("limit", "integer_above_max_value"),
    ),
    Row(
        "a page without anything",
        get("/threads/{thread}/messages?limit=0"),
        *(400, bound("limit", "below minimum", ">=", 1, 0), "limit", "integer_below_min_value"),
    ),
    Row(
        "an unknown order",
        get("/vector_stores?order=up"),
        *(400, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", "order", INVALID),
    ),
    Row(
        "an unknown status",
        get("/vector_stores/{store}/files?filter=lost"),
        400,
        "Invalid value: 'lost'. Supported values are: "
        "'in_progress', 'completed', 'failed', and 'cancelled'.",
        *("filter", INVALID),
    ),
    Row(
        "too many tools",
        post("/assistants", {"model": "m", "tools": [{"type": "code_interpreter"}] * 150}),
        *(400, too_long("tools", "array", 128, 150), "tools", "array_above_max_length"),
    ),
    Row("no JSON", post("/threads", b"{'a': 1}"), 400, NOT_JSON),
    Row(
        "both ids and helpers",
        post(
            "/threads",
            {
                "tool_resources": {
                    "file_search": {"vector_store_ids": ["vs_X"], "vector_stores": [{}]}
                }
            },
        ),
        400,
        "Invalid 'tool_resources.file_search.vector_stores': "
        "it cannot be given together with 'vector_store_ids'.",
        *("tool_resources.file_search.vector_stores", "mutually_exclusive_parameters"),
    ),
]


def add_csv(scene: Scene) -> Answer:
    table = upload(scene.http, b"a,b", "table.csv")["id"]
    attachment = {"file_id": table, "tools": [{"type": "file_search"}]}
    return message_with(attachments=[attachment])(scene)


def show_text(scene: Scene) -> Answer:
    image = {"type": "image_file", "image_file": {"file_id": scene.file}}
    return message_with(content=[image])(scene)


def show_url(url: str) -> Ask:
    return message_with(content=[{"type": "image_url", "image_url": {"url": url}}])


def search_later(scene: Scene) -> Answer:
    path = f"/vector_stores/{scene.store}"
    scene.later(2 * DAY)
    return scene.http.post(f"{path}/search", {"query": "x"})


PURPOSES = "['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"
FILES = [
    Row(
        "a file that cannot be searched",
        add_csv,
        400,
        "Files with extensions [.csv] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files",
        *("file_ids", "unsupported_file"),
    ),
    Row(
        "a file that is no image",
        show_text,
        400,
        "Invalid message content: Expected file type to be a supported format: "
        ".jpeg, .jpg, .png, .gif, .webp but got .txt.",
    ),
    Row(
        "an address of no image",
        show_url("https://example.com/cat.svg"),
        400,
        "Invalid 'content[0].image_url.url'. Expected url to end in a supported format: "
        ".jpeg, .jpg, .png, .gif, .webp but got .svg.",
        *("content[0].image_url.url", INVALID),
    ),
    Row(
        "no address of an image",
        show_url("cat.png"),
        400,
        "Invalid 'content[0].image_url.url'. "
        "Expected a valid URL, but got a value with an invalid format.",
        *("content[0].image_url.url", INVALID),
    ),
    Row(
        "an expired vector store",
        search_later,
        *(400, "Vector store '{scene.store}' has expired."),
    ),
    Row(
        "a file that is not given back",
        lambda scene: scene.http.get(f"/files/{scene.file}/content"),
        *(400, "Not allowed to download files of purpose: assistants"),
    ),
    Row(
        "an unknown purpose",
        lambda scene: send_form(scene.http, field("purpose", "world_domination"), file(b"x")),
        *(400, f"'world_domination' is not one of {PURPOSES} - 'purpose'", "purpose"),
    ),
    Row(
        "no form",
        post("/files", b"{}"),
        400,
        "We could not parse the form in the body of your request. (HINT: A file is sent as "
        "multipart/form-data, and the Content-Type header names the boundary.)",
    ),
    Row(
        "two files in the form",
        lambda scene: send_form(scene.http, field("purpose", "assistants"), file(b"x"), file(b"y")),
        *(400, "Invalid 'file': it was given more than once.", "file", INVALID),
    ),
    Row(
        "no file in the form",
        lambda scene: send_form(scene.http, field("purpose", "assistants")),
        *(400, "Missing required parameter: 'file'.", "file", MISSING),
    ),
]


def beta(value: str, message: str) -> Row:
    return Row(
        f"beta {value}", get("/files", OpenAI_Beta=value), 400, message, None, "invalid_beta"
    )


def use_a_key_twice(scene: Scene) -> Answer:
    for metadata in ({"a": "1"}, {"a": "2"}):
        answer = scene.http.post("/threads", {"metadata": metadata}, Idempotency_Key="key-1")
    return answer


def send_too_much(scene: Scene) -> Answer:
    scene.patch.setattr("threadkeep.server.call.MAX_BODY_BYTES", 1000)
    return scene.http.post("/threads", b" " * 1001)


HEADERS = [
    beta(
        "v1",
        "Invalid beta header provided: 'v1'. "
        "The header should be in the format 'OpenAI-Beta: example_beta=v1'.",
    ),
    beta("vector_stores=v2", "Unknown beta requested: 'vector_stores'."),
    beta("assistants=v2, other=v1", "Unknown beta requested: 'other'."),
    beta("assistants=v3", "Unknown beta requested: 'assistants=v3'."),
    beta(
        "assistants=v1",
        "The v1 Assistants API has been deprecated. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
    ),
    Row(
        "a key for two requests",
        use_a_key_twice,
        400,
        "The Idempotency-Key 'key-1' was used before for a request with another path or body. "
        "Use a new key for each request.",
        code="idempotency_key_reused",
    ),
    Row("too much", send_too_much, 413, "Maximum content size limit (1000) exceeded."),
    Row(
        "no key",
        lambda scene: Http(scene.server.base_url, None).get("/assistants"),
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field "
        "(with blank username) if you're accessing the API from your browser and are prompted for "
        "a username and password. You can obtain an API key from whoever runs this server.",
    ),
    Row(
        "an unknown key",
        lambda scene: Http(scene.server.base_url, "sk-0123456789abcd").get("/assistants"),
        401,
        "Incorrect API key provided: sk-...abcd. "
        "You can obtain an API key from whoever runs this server.",
        code="invalid_api_key",
    ),
]
ROWS = [*NOTHING_THERE, *IN_THE_WAY, *NOT_FITTING, *FILES, *HEADERS]
