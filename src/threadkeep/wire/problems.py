"""Refusals and errors, to and from what travels: a status and a `Problem`, in the hosted service's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

import msgspec

from threadkeep import errors
from threadkeep.types.problem import Problem, ProblemEnvelope

SERVER_ERROR: Final = (
    "The server had an error processing your request. Sorry about that! You can retry your request, "
    "or contact the people who run this server if you keep seeing this error. "
    "(Please include the request ID {request_id} in your message.)"
)

NO_KEY: Final = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the "
    "API from your browser and are prompted for a username and password. "
    "You can obtain an API key from the people who run this server."
)
UNKNOWN_KEY: Final = (
    "Incorrect API key provided: {shown}. You can obtain an API key from the people who run this server."
)

_ID_FORMS: Final[dict[str, tuple[str, str]]] = {
    "assistant": ("assistant_id", "asst"),
    "thread": ("thread_id", "thread"),
    "message": ("message_id", "msg"),
    "run": ("run_id", "run"),
    "run step": ("step_id", "step"),
}
"""The parameter that usually holds an object's id, and how such an id begins."""


def refusal_to_problem(refusal: errors.Refusal) -> tuple[int, Problem]:
    """The status and the problem with which the server answers (contract §2.1)."""
    match refusal:
        case errors.MissingError(noun="file", id=id):
            return 404, Problem(message=f"No such File object: {id}", param="id")
        case errors.MissingError(noun="model", id=id):
            message = f"The model '{id}' does not exist or you do not have access to it."
            return 404, Problem(message=message, param="model", code="model_not_found")
        case errors.MissingError():
            return _missing_to_problem(refusal)
        case errors.ThreadBusyError(wanted="message", thread_id=thread, run_id=run):
            return 400, Problem(message=f"Can't add messages to {thread} while a run {run} is active.")
        case errors.ThreadBusyError(thread_id=thread, run_id=run):
            return 400, Problem(message=f"Thread {thread} already has an active run {run}.")
        case errors.RunStatusError(action="submit", status=status):
            return 400, Problem(message=f'Runs in status "{status}" do not accept tool outputs.')
        case errors.RunStatusError(action=action, status=status):
            return 400, Problem(message=f"Cannot {action} run with status '{status}'.")
        case errors.ToolOutputsError(expected=expected, got=got):
            message = f"Expected tool outputs for call_ids {expected!r}, got {got!r}"
            return 400, Problem(message=message)
        case errors.EmptyThreadError():
            message = "Run creation requires a Thread with a user message or an assistant with instructions."
            return 400, Problem(message=message, code="invalid_thread")
        case errors.InvalidRequestError(message=message, param=param, code=code):
            return 400, Problem(message=message, param=param, code=code)
        case errors.UnknownKeyError(shown=None):
            return 401, Problem(message=NO_KEY)
        case errors.UnknownKeyError(shown=shown):
            return 401, Problem(message=UNKNOWN_KEY.format(shown=shown), code="invalid_api_key")
        case errors.RequestTooLargeError(limit=limit):
            return 413, Problem(message=f"Maximum content size limit ({limit}) exceeded.")
        case _:
            return 400, Problem(message=str(refusal))


def _missing_to_problem(error: errors.MissingError) -> tuple[int, Problem]:
    """404; but 400 if the id is of another kind, since then the caller mixed something up."""
    usual_param, prefix = _ID_FORMS.get(error.noun, ("id", ""))
    if error.id.startswith(prefix):
        return 404, Problem(message=f"No {error.noun} found with id '{error.id}'.")
    param = error.param or usual_param
    message = f"Invalid '{param}': '{error.id}'. Expected an ID that begins with '{prefix}'."
    return 400, Problem(message=message, param=param, code="invalid_value")


def server_error(request_id: str) -> Problem:
    """What a caller is told when the server itself failed: no detail, but an id to find it in the log."""
    return Problem(message=SERVER_ERROR.format(request_id=request_id), type="server_error")


def encode_problem(problem: Problem) -> bytes:
    """The body of an error answer."""
    return msgspec.json.encode(ProblemEnvelope(error=problem))


_STATUS_ERRORS: Final[dict[int, type[errors.APIStatusError]]] = {
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.UnprocessableEntityError,
    429: errors.RateLimitError,
}


def error_of_response(status: int, headers: Mapping[str, str], body: bytes) -> errors.APIStatusError:
    """The exception for an answer with a status of 400 or more.

    Like the official SDK's: `body` is the `error` object where there is one, else whatever came, and the text is
    `Error code: 400 - {the whole body}`.
    """
    whole = _readable(body)
    inner = cast("dict[str, object]", whole).get("error", whole) if isinstance(whole, dict) else whole
    fields = cast("dict[str, object]", inner) if isinstance(inner, dict) else {}
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


def _text(value: object) -> str | None:
    return None if value is None else str(value)
