"""From an HTTP response to the value that was asked for, or to the error that says why not."""

from __future__ import annotations

from typing import NoReturn, TypeVar, cast

import msgspec

from threadkeep.errors import APIResponseValidationError
from threadkeep.transport import Response
from threadkeep.types.codec import decode
from threadkeep.types.resource import keep_request_id
from threadkeep.wire.operation import ListOperation, Operation
from threadkeep.wire.paging import PageAnswer, decode_page
from threadkeep.wire.problems import error_of_response

T = TypeVar("T")


def read_answer(operation: Operation[T], response: Response) -> T:
    """What `operation` gives. Raises an `APIStatusError`, or `APIResponseValidationError`."""
    _check_status(response)
    if operation.result is bytes:
        return cast("T", response.body)
    try:
        value = decode(response.body, operation.result)
    except msgspec.DecodeError as error:
        raise invalid_answer(operation.result, response.body, error) from error
    keep_request_id(value, response.headers.get("x-request-id"))
    return value


def read_page(operation: ListOperation[T], response: Response) -> PageAnswer[T]:
    """The page that `operation` gives. Raises as `read_answer` does."""
    _check_status(response)
    try:
        return decode_page(response.body, operation.item)
    except msgspec.DecodeError as error:
        raise invalid_answer(operation.item, response.body, error) from error


def expect_event_stream(response: Response) -> NoReturn:
    """Raise for a response that came in place of an event stream."""
    _check_status(response)
    kind = response.headers.get("content-type", "nothing")
    message = f"Data returned by API invalid: expected an event stream, got {kind}"
    raise APIResponseValidationError(message, body=response.body.decode(errors="replace"))


def invalid_answer(
    expected: type[object], body: bytes, error: Exception
) -> APIResponseValidationError:
    """The error for a body that is not `expected`."""
    message = f"Data returned by API invalid for expected schema: {expected.__name__}: {error}"
    return APIResponseValidationError(message, body=body.decode(errors="replace"))


def _check_status(response: Response) -> None:
    if response.status >= 400:
        raise error_of_response(response.status, response.headers, response.body)
