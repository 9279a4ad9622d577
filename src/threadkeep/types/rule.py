"""Rules of requests that annotations cannot say; they stand with the fields, in the struct's `__post_init__`."""

from __future__ import annotations

from typing import Final

PATH: Final = "{path}"
"""Stands in a message for the path of the field, once; whatever comes after it may be a caller's own text."""


class RuleError(ValueError):
    """A field of a request has a value of the right type that is wrong all the same, or wrong beside another field.

    `field` is the one to be mended; `message` says why, with `{path}` where the path of that field belongs.
    """

    def __init__(self, field: str, message: str, code: str) -> None:
        super().__init__(message.replace(PATH, field, 1))
        self.field = field
        self.message = message
        self.code = code

    def message_at(self, path: str) -> str:
        """The message, once it is known where in the request the field is."""
        return self.message.replace(PATH, path, 1)


def missing(field: str) -> RuleError:
    """What another field says needs this one."""
    message = "Missing required parameter: '{path}'."
    return RuleError(field, message, "missing_required_parameter")


def excluded(field: str, other: str) -> RuleError:
    """This field and `other` cannot both be given."""
    message = f"Invalid '{{path}}': it cannot be given together with '{other}'."
    return RuleError(field, message, "mutually_exclusive_parameters")
