"""Rules over several fields of a request, which stand with the fields, in the struct's `__post_init__`."""

from __future__ import annotations


class RuleError(ValueError):
    """Fields of a request that are each right do not fit together.

    `field` is the one to be mended; `message` says why, with `{path}` where the path of that field belongs.
    """

    def __init__(self, field: str, message: str, code: str) -> None:
        super().__init__(message.format(path=field))
        self.field = field
        self.message = message
        self.code = code


def missing(field: str) -> RuleError:
    """What another field says needs this one."""
    message = "Missing required parameter: '{path}'."
    return RuleError(field, message, "missing_required_parameter")


def excluded(field: str, other: str) -> RuleError:
    """This field and `other` cannot both be given."""
    message = f"Invalid '{{path}}': it cannot be given together with '{other}'."
    return RuleError(field, message, "mutually_exclusive_parameters")
