"""Problems: errors as they go over HTTP."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, in the API's four fields; `param` names the field of the request."""

    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None


class ProblemEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer with a status of 400 or more."""

    error: Problem
