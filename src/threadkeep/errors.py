"""Every error that Threadkeep raises, in one tree.

    ThreadkeepError
    ├── APIError                          a call did not give what was asked for
    │   ├── APIConnectionError            no answer came
    │   │   └── APITimeoutError           ... in time
    │   ├── APIResponseValidationError    an answer came that is not of the API
    │   ├── APIStreamError                the server reported an error inside an event stream
    │   └── APIStatusError                an answer came with a status of 400 or more
    │       ├── BadRequestError           400
    │       ├── AuthenticationError       401
    │       ├── PermissionDeniedError     403
    │       ├── NotFoundError             404
    │       ├── ConflictError             409
    │       ├── UnprocessableEntityError  422
    │       ├── RateLimitError            429
    │       └── InternalServerError       500 and above
    ├── SettingsError                     a setting is missing, unknown or of the wrong kind
    ├── StorageError                      the record of everything could not be read or written
    │   └── StorageBusyError              another process already holds the storage
    ├── ChatModelError                    a chat model did not reply as asked
    │   ├── ChatModelUnavailableError     it could not be reached, or there is none
    │   ├── ChatModelRateLimitError       it is out of quota or asks to slow down
    │   └── ChatModelRequestError         it refuses this request and would refuse it again
    ├── EmbeddingError                    an embedding model gave no vectors
    │   └── EmbeddingRefusedError         it refuses and would refuse again
    ├── ModelPullError                    a local model could not be fetched
    └── Refusal                           the server declines a request (inside the server only)
        ├── MissingError                  there is no such object in this project
        ├── ThreadBusyError               the thread has an active run
        ├── RunStatusError                not in this status of the run
        ├── ToolOutputsError              the outputs are not those that the run waits for
        ├── EmptyThreadError              a run would have nothing to answer
        ├── UnsupportedModelError         no route leads on from the name of the model
        ├── VectorStoreExpiredError       the vector store has expired
        ├── IdempotencyKeyReusedError     the key was used before, for another request
        ├── IdempotencyKeyBusyError       the request with this key is not answered yet
        ├── UnknownKeyError               no API key, or one that opens nothing
        ├── RequestTooLargeError          the body is longer than the server reads
        └── InvalidRequestError           the request itself is wrong

The names under `APIError` are those of the official Python SDK, so that `except` clauses go on working.
`wire/problems.py` knows how each refusal is put into words and a status, and how a status becomes an `APIStatusError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal


class ThreadkeepError(Exception):
    """Anything that Threadkeep raises on purpose."""


class APIError(ThreadkeepError):
    """A call of the API did not give what was asked for."""

    def __init__(
        self,
        message: str,
        *,
        body: object = None,
        type: str | None = None,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.body = body
        self.type = type
        self.param = param
        self.code = code


class APIConnectionError(APIError):
    """No answer came: the server could not be reached, or the connection broke."""

    def __init__(self, message: str = "Connection error.") -> None:
        super().__init__(message)


class APITimeoutError(APIConnectionError):
    """No answer came in time."""

    def __init__(self, message: str = "Request timed out.") -> None:
        super().__init__(message)


class APIResponseValidationError(APIError):
    """An answer came, but its body is not what the API sends for this call."""


class APIStreamError(APIError):
    """The server put an `error` event into an event stream; the stream is over."""


class APIStatusError(APIError):
    """An answer came with a status of 400 or more."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        headers: Mapping[str, str],
        body: object = None,
        type: str | None = None,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, body=body, type=type, param=param, code=code)
        self.status_code = status_code
        self.headers = headers
        self.request_id = headers.get("x-request-id")


class BadRequestError(APIStatusError):
    """400: the request is wrong; `param` names the field."""


class AuthenticationError(APIStatusError):
    """401: no API key, or one that the server does not know."""


class PermissionDeniedError(APIStatusError):
    """403: this key may not do that."""


class NotFoundError(APIStatusError):
    """404: no such object, or it belongs to another project."""


class ConflictError(APIStatusError):
    """409: the object was changed by somebody else meanwhile."""


class UnprocessableEntityError(APIStatusError):
    """422: understood, but impossible."""


class RateLimitError(APIStatusError):
    """429: too many requests, or out of quota."""


class InternalServerError(APIStatusError):
    """500 and above: the server failed."""


class SettingsError(ThreadkeepError):
    """A setting is missing, unknown or of the wrong kind; the message names where it stands."""


class StorageError(ThreadkeepError):
    """The record of everything could not be read or written."""


class StorageBusyError(StorageError):
    """Another process already holds the storage."""


class ChatModelError(ThreadkeepError):
    """A chat model did not reply as asked; the run that needed it fails with `server_error`."""


class ChatModelUnavailableError(ChatModelError):
    """The chat model could not be reached, failed on its side, or none is configured."""


class ChatModelRateLimitError(ChatModelError):
    """The chat model is out of quota or asks to slow down; `rate_limit_exceeded` on the run."""


class ChatModelRequestError(ChatModelError):
    """The chat model refuses this request and would refuse it again; `invalid_prompt` on the run."""


class EmbeddingError(ThreadkeepError):
    """An embedding model gave no vectors; it may if it is asked again later."""


class EmbeddingRefusedError(EmbeddingError):
    """An embedding model refuses these texts, or all, and would refuse them again."""


class ModelPullError(ThreadkeepError):
    """A local model could not be fetched, or is not what it should be; nothing was kept of it."""


class Refusal(ThreadkeepError):
    """The server declines a request; nothing was changed."""


class MissingError(Refusal):
    """There is no such object in this project; `noun` is as in "No thread found".

    `param` names the field that held the id, where that is not the usual one, such as `after`. `within` is the vector
    store that the file was looked for in.
    """

    def __init__(
        self, noun: str, id: str, *, param: str | None = None, within: str | None = None
    ) -> None:
        super().__init__(f"no {noun} {id}" + (f" in {within}" if within else ""))
        self.noun = noun
        self.id = id
        self.param = param
        self.within = within


class ThreadBusyError(Refusal):
    """The thread has an active run, so it takes neither a message nor another run."""

    def __init__(self, thread_id: str, run_id: str, wanted: Literal["message", "run"]) -> None:
        super().__init__(f"{thread_id} has the active run {run_id}")
        self.thread_id = thread_id
        self.run_id = run_id
        self.wanted = wanted


class RunStatusError(Refusal):
    """What was asked for is not possible in this status of the run."""

    def __init__(
        self, action: Literal["update", "cancel", "submit", "delete"], status: str
    ) -> None:
        super().__init__(f"cannot {action} a run that is {status}")
        self.action = action
        self.status = status


class ToolOutputsError(Refusal):
    """The outputs are not those of exactly the calls that wait."""

    def __init__(self, expected: Sequence[str], got: Sequence[str]) -> None:
        super().__init__("the outputs are not those of the calls that wait")
        self.expected = list(expected)
        self.got = list(got)


class EmptyThreadError(Refusal):
    """A run would have neither a user message nor instructions."""


class UnsupportedModelError(Refusal):
    """No chat model would reply to this name, by the routes of the settings."""

    def __init__(self, model: str) -> None:
        super().__init__(f"no route leads from the model {model}")
        self.model = model


class VectorStoreExpiredError(Refusal):
    """The vector store has expired, so it neither takes files nor is searched."""

    def __init__(self, vector_store_id: str) -> None:
        super().__init__(f"{vector_store_id} has expired")
        self.vector_store_id = vector_store_id


class IdempotencyKeyReusedError(Refusal):
    """The `Idempotency-Key` was used before, for a request that was not this one."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was used for another request")
        self.key = key


class IdempotencyKeyBusyError(Refusal):
    """The first request with this `Idempotency-Key` has not been answered yet."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the request with {key} is not answered yet")
        self.key = key


class UnknownKeyError(Refusal):
    """There is no API key with the request (`shown` is None), or one that opens nothing.

    `shown` is as much of the key as may be told.
    """

    def __init__(self, shown: str | None) -> None:
        super().__init__("no API key" if shown is None else f"unknown API key {shown}")
        self.shown = shown


class RequestTooLargeError(Refusal):
    """The body is longer than the server reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class InvalidRequestError(Refusal):
    """The request itself is wrong; `param` is the path of the field, such as `messages[0].role`."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
