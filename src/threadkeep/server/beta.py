"""The header `OpenAI-Beta`: clients may leave it out, but what they send has to be right (contract §1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from threadkeep.errors import InvalidRequestError

NOT_THERE: Final = (
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
)
VERSION_1: Final = (
    "The v1 Assistants API has been deprecated. "
    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
)
NO_PAIR: Final = (
    "Invalid beta header provided: '{beta}'. "
    "The header should be in the format 'OpenAI-Beta: example_beta=v1'."
)
UNKNOWN: Final = "Unknown beta requested: '{beta}'."


def check_beta(headers: Iterable[tuple[bytes, bytes]], *, is_required: bool) -> None:
    """Raise `InvalidRequestError` for a beta that there is not, or for none where one is required."""
    is_there = False
    for name, value in headers:
        if name == b"openai-beta":
            for beta in value.decode("latin-1").split(","):
                _check_one(beta.strip())
            is_there = True
    if is_required and not is_there:
        raise _invalid(NOT_THERE)


def _check_one(beta: str) -> None:
    name, equals, version = beta.partition("=")
    if not equals:
        raise _invalid(NO_PAIR.format(beta=beta))
    if name != "assistants":
        raise _invalid(UNKNOWN.format(beta=name))
    if version == "v1":
        raise _invalid(VERSION_1)
    if version != "v2":
        raise _invalid(UNKNOWN.format(beta=beta))


def _invalid(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, code="invalid_beta")
