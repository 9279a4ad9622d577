"""The last error of a run: what its owner is told of why it failed. Pure."""

from __future__ import annotations

from typing import Final

from threadkeep.errors import ChatModelError, ChatModelRateLimitError, ChatModelRequestError
from threadkeep.types.run import LastError

SOMETHING_WENT_WRONG: Final = LastError(code="server_error", message="Sorry, something went wrong.")
"""Where the fault is our own."""


def last_error_of(error: ChatModelError) -> LastError:
    """Why the chat model gave no reply."""
    match error:
        case ChatModelRateLimitError():
            code = "rate_limit_exceeded"
        case ChatModelRequestError():
            code = "invalid_prompt"
        case _:
            code = "server_error"
    return LastError(code=code, message=str(error))
