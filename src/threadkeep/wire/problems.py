"""Refusals and errors, to and from what travels: a status and a `Problem`, in the hosted service's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import singledispatch
from typing import Final, cast

import msgspec

from threadkeep import errors
from threadkeep.types.problem import Problem, ProblemDetail, ProblemEnvelope

EMPTY_THREAD: Final = (
    "Run creation requires a Thread with a user message or an assistant with instructions."
)
SERVER_ERROR: Final = (
    "The server had an error processing your request. Sorry about that! "
    "You can retry your request, or contact whoever runs this server if you keep seeing this error. "
    "(Please include the request ID {request_id} in your message.)"
)

NO_KEY: Final = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the "
    "API from your browser and are prompted for a username and password. "
    "You can obtain an API key from whoever runs this server."
)
UNKNOWN_KEY: Final = (
    "Incorrect API key provided: {shown}. You can obtain an API key from whoever runs this server."
)

_ID_FORMS: Final[dict[str, tuple[str, str]]] = {
    "assistant": ("assistant_id", "asst"),
    "thread": ("thread_id", "thread"),
    "message": ("message_id", "msg"),
    "run": ("run_id", "run"),
    "run step": ("step_id", "step"),
}
"""The parameter that usually holds an object's id, and how such an id begins."""


@singledispatch
def refusal_to_problem(refusal: errors.Refusal) -> tuple[int, Problem]:
    """The status and the problem with which the server answers (contract §2.1)."""
    return 400, Problem(message=str(refusal))


@refusal_to_problem.register
def _(refusal: errors.MissingError) -> tuple[int, Problem]:
    match refusal.noun:
        case "file" if refusal.within is not None:
            message = f"No file found with id '{refusal.id}' in vector store '{refusal.within}'."
            return 404, Problem(message=message)
        case "file":
            return 404, Problem(message=f"No such File object: {refusal.id}", param="id")
        case "model":
            message = f"The model '{refusal.id}' does not exist or you do not have access to it."
            return 404, Problem(message=message, param="model", code="model_not_found")
        case _:
            return _missing_to_problem(refusal)


def _missing_to_problem(error: errors.MissingError) -> tuple[int, Problem]:
    """404; but 400 if the id is of another kind, since then the caller mixed something up."""
    usual_param, prefix = _ID_FORMS.get(error.noun, ("id", ""))
    if error.id.startswith(prefix):
        return 404, Problem(message=f"No {error.noun} found with id '{error.id}'.")
    param = error.param or usual_param
    message = f"Invalid '{param}': '{error.id}'. Expected an ID that begins with '{prefix}'."
    return 400, Problem(message=message, param=param, code="invalid_value")


@refusal_to_problem.register
def _(refusal: errors.ThreadBusyError) -> tuple[int, Problem]:
    thread, run = refusal.thread_id, refusal.run_id
    if refusal.wanted == "message":
        return 400, Problem(message=f"Can't add messages to {thread} while a run {run} is active.")
    return 400, Problem(message=f"Thread {thread} already has an active run {run}.")


@refusal_to_problem.register
def _(refusal: errors.RunStatusError) -> tuple[int, Problem]:
    if refusal.action == "submit":
        message = f'Runs in status "{refusal.status}" do not accept tool outputs.'
    else:
        message = f"Cannot {refusal.action} run with status '{refusal.status}'."
    return 400, Problem(message=message)


@refusal_to_problem.register
def _(refusal: errors.ToolOutputsError) -> tuple[int, Problem]:
    expected, got = refusal.expected, refusal.got
    return 400, Problem(message=f"Expected tool outputs for call_ids {expected!r}, got {got!r}")


@refusal_to_problem.register
def _(_: errors.EmptyThreadError) -> tuple[int, Problem]:
    return 400, Problem(message=EMPTY_THREAD, code="invalid_thread")


@refusal_to_problem.register
def _(refusal: errors.UnsupportedModelError) -> tuple[int, Problem]:
    message = f"The requested model '{refusal.model}' cannot be used with the Assistants API."
    return 400, Problem(message=message, param="model", code="unsupported_model")


@refusal_to_problem.register
def _(refusal: errors.VectorStoreExpiredError) -> tuple[int, Problem]:
    return 400, Problem(message=f"Vector store '{refusal.vector_store_id}' has expired.")


@refusal_to_problem.register
def _(refusal: errors.IdempotencyKeyReusedError) -> tuple[int, Problem]:
    message = (
        f"The Idempotency-Key '{refusal.key}' was used before for a request with another path or body. "
        "Use a new key for each request."
    )
    return 400, Problem(message=message, code="idempotency_key_reused")


@refusal_to_problem.register
def _(refusal: errors.IdempotencyKeyBusyError) -> tuple[int, Problem]:
    """409, on which clients try again by themselves, until they get the answer of the first request."""
    message = (
        f"The first request with the Idempotency-Key '{refusal.key}' is still being worked on. "
        "Try again in a moment."
    )
    return 409, Problem(message=message, code="idempotency_key_in_use")


@refusal_to_problem.register
def _(refusal: errors.UnknownKeyError) -> tuple[int, Problem]:
    if refusal.shown is None:
        return 401, Problem(message=NO_KEY)
    return 401, Problem(message=UNKNOWN_KEY.format(shown=refusal.shown), code="invalid_api_key")


@refusal_to_problem.register
def _(refusal: errors.RequestTooLargeError) -> tuple[int, Problem]:
    return 413, Problem(message=f"Maximum content size limit ({refusal.limit}) exceeded.")


@refusal_to_problem.register
def _(refusal: errors.InvalidRequestError) -> tuple[int, Problem]:
    return 400, Problem(message=refusal.message, param=refusal.param, code=refusal.code)


def server_error(request_id: str) -> Problem:
    """What a caller is told when the server itself failed: no detail, but an id to find it in the log."""
    return Problem(message=SERVER_ERROR.format(request_id=request_id), type="server_error")


def encode_problem(problem: Problem, *, with_detail: bool = False) -> bytes:
    """The body of an error answer; with `detail`, as the files' service has it."""
    detail = ProblemDetail(problem.message, problem.code) if with_detail else msgspec.UNSET
    return msgspec.json.encode(ProblemEnvelope(error=problem, detail=detail))


_STATUS_ERRORS: Final[dict[int, type[errors.APIStatusError]]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
}


def error_of_response(
    status: int, headers: Mapping[str, str], body: bytes
) -> errors.APIStatusError:
    """The exception for an answer with a status of 400 or more.

    Like the official SDK's: `body` is the `error` object where there is one, else whatever came, and the text is
    `Error code: 400 - {the whole body}`.
    """
    whole = _readable(body)
    inner = _fields(whole).get("error", whole)
    fields = _fields(inner)
    status_error = _STATUS_ERRORS.get(
        status, errors.InternalServerError if status >= 500 else errors.APIStatusError
    )
    return status_error(
        f"Error code: {status} - {whole}" if whole else f"Error code: {status}",
        status_code=status,
        headers=headers,
        body=inner,
        type=_text(fields.get("type")),
        param=_text(fields.get("param")),
        code=_text(fields.get("code")),
    )


def _readable(body: bytes) -> object:
    try:
        return cast("object", json.loads(body))
    except ValueError:
        return body.decode(errors="replace").strip()


def _fields(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
