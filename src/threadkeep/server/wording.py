"""The hosted service's sentences about a request that does not fit, as `InvalidRequestError`s to raise."""

from __future__ import annotations

from collections.abc import Sequence

from threadkeep.errors import InvalidRequestError
from threadkeep.types.rule import RuleError


def missing(path: str) -> InvalidRequestError:
    """A required parameter is not there."""
    message = f"Missing required parameter: '{path}'."
    return InvalidRequestError(message, param=path, code="missing_required_parameter")


def unknown(path: str) -> InvalidRequestError:
    """A parameter that the call does not take."""
    message = f"Unknown parameter: '{path}'."
    return InvalidRequestError(message, param=path, code="unknown_parameter")


def repeated(path: str) -> InvalidRequestError:
    """A parameter that is there more than once."""
    message = f"Invalid '{path}': it was given more than once."
    return InvalidRequestError(message, param=path, code="invalid_value")


def wrong_type(path: str, expected: str, got: str) -> InvalidRequestError:
    """A value of another JSON type; `path` is empty for the body itself."""
    subject = f"Invalid type for '{path}'" if path else "Invalid type"
    message = f"{subject}: expected {expected}, but got {with_article(got)} instead."
    return InvalidRequestError(message, param=path or None, code="invalid_type")


def wrong_value(path: str, value: object, supported: Sequence[str]) -> InvalidRequestError:
    """A value that is none of a fixed set."""
    choices = listed(quoted(supported), "and")
    message = f"Invalid value: '{value}'. Supported values are: {choices}."
    return InvalidRequestError(message, param=path, code="invalid_value")


def out_of_bounds(
    path: str, kind: str, side: str, bound: float, value: float
) -> InvalidRequestError:
    """A number beyond a bound: `kind` is `integer` or `decimal`, `side` is `min` or `max`."""
    relation, sign = ("below minimum", ">=") if side == "min" else ("above maximum", "<=")
    message = (
        f"Invalid '{path}': {kind} {relation} value. "
        f"Expected a value {sign} {bound}, but got {value} instead."
    )
    return InvalidRequestError(
        message, param=path, code=f"{kind}_{relation.split()[0]}_{side}_value"
    )


def too_long(path: str, kind: str, longest: int, length: int) -> InvalidRequestError:
    """A string or an array that is too long."""
    noun = with_article(kind)
    message = (
        f"Invalid '{path}': {kind} too long. Expected {noun} with maximum length {longest}, "
        f"but got {noun} with length {length} instead."
    )
    return InvalidRequestError(message, param=path, code=f"{kind}_above_max_length")


def empty(path: str, kind: str, shortest: int) -> InvalidRequestError:
    """A string or an array without anything in it."""
    message = (
        f"Invalid '{path}': empty {kind}. Expected {with_article(kind)} with minimum length {shortest}, "
        f"but got an empty {kind} instead."
    )
    return InvalidRequestError(message, param=path, code=f"empty_{kind}")


def wrong_pattern(path: str, pattern: str) -> InvalidRequestError:
    """A string of another form."""
    message = (
        f"Invalid '{path}': string does not match pattern. "
        f"Expected a string that matches the pattern '{pattern}'."
    )
    return InvalidRequestError(message, param=path, code="invalid_value")


def too_many_properties(path: str, most: int, count: int) -> InvalidRequestError:
    """An object with too many keys."""
    message = (
        f"Invalid '{path}': too many properties. Expected an object with at most {most} properties, "
        f"but got an object with {count} properties instead."
    )
    return InvalidRequestError(message, param=path, code="object_above_max_properties")


def property_name_too_long(path: str, name: str, longest: int) -> InvalidRequestError:
    """A key that is too long; the sentence shows its ends, `param` the whole of it."""
    message = (
        f"Invalid property name in '{path}': '{name[:3]}...{name[-3:]}' is too long. "
        f"Expected a string with maximum length {longest}, "
        f"but got a string with length {len(name)} instead."
    )
    return InvalidRequestError(
        message, param=f"{path}.{name}", code="property_name_above_max_length"
    )


def broken_rule(path: str, rule: RuleError) -> InvalidRequestError:
    """A rule that stands in the struct itself; `path` is that of the field to be mended."""
    return InvalidRequestError(rule.message_at(path), param=path, code=rule.code)


def listed(words: Sequence[str], joint: str) -> str:
    """`a`, `a and b`, or `a, b, and c`."""
    if len(words) < 3:
        return f" {joint} ".join(words)
    return f"{', '.join(words[:-1])}, {joint} {words[-1]}"


def quoted(words: Sequence[str]) -> list[str]:
    """Each in single quotes."""
    return [f"'{word}'" for word in words]


def with_article(noun: str) -> str:
    """`a string`, `an integer`; null takes none."""
    if noun == "null":
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
