"""Problems: errors as they go over HTTP."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, in the API's four fields; `param` names the field of the request."""

    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None


class ProblemDetail(msgspec.Struct, frozen=True):
    """The same once more, as the files' service adds it."""

    message: str
    code: str | None


class ProblemEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer with a status of 400 or more; `detail` comes from the files' service alone."""

    error: Problem
    detail: ProblemDetail | msgspec.UnsetType = msgspec.UNSET
