"""The environment: the one place that reads it, and what each variable means.

Every key has the variable `THREADKEEP_` and its path in capitals: `engine.lease_seconds` is
`THREADKEEP_ENGINE_LEASE_SECONDS`. Lists and tables of tables are written as JSON. An empty variable
counts as not set.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, get_origin

import msgspec

from threadkeep.errors import SettingsError
from threadkeep.settings.checking import expectation, suggestion
from threadkeep.settings.layer import Data, Layer
from threadkeep.settings.schema import (
    PREFIX,
    Key,
    KeyPath,
    Value,
    plain,
    settable_by_variable,
    variable,
)

OTHER_VARIABLES = {
    "THREADKEEP_SETTINGS": "The settings file to read.",
    "THREADKEEP_API_KEY": "One more API key that opens the project `default`.",
    "THREADKEEP_UPSTREAM_URL": "Base URL of the server of chat models, if no route is set.",
    "THREADKEEP_UPSTREAM_API_KEY": "API key for that server.",
    "THREADKEEP_CACHE": "Folder for models that are pulled; else `threadkeep` in the user's cache.",
}
"""Variables that set no key of the tree."""


def environment() -> dict[str, str]:
    """The variables of this process."""
    return dict(os.environ)


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """What the variables in `environ` say. Raises `SettingsError` for one that cannot be read."""
    data: Data = {}
    for path, key in settable_by_variable():
        name = variable(path)
        if environ.get(name):
            put(data, path, parse(environ[name], key, name))
    return Layer(data, place)


def place(path: KeyPath) -> str:
    """Name the variable that sets what stands at `path`."""
    names = {known for known, _ in settable_by_variable()}
    ends = range(len(path), 0, -1)
    known = next((path[:end] for end in ends if path[:end] in names), path)
    return f"environment variable {variable(known)}"


def parse(text: str, key: Key, name: str) -> Value:
    """The value that `text` stands for."""
    kind = plain(key.hint)
    if kind is str or get_origin(kind) is Literal:
        return text
    try:
        if kind in (bool, int, float):
            return msgspec.convert(text.strip().lower(), kind, strict=False)
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        wanted = expectation(key.hint) if key.shape == "value" else "JSON"
        raise SettingsError(f"environment variable {name} must be {wanted}, not {text!r}") from None


def put(data: Data, path: KeyPath, value: Value) -> None:
    """Set the value at `path`, making the tables on the way."""
    *tables, name = path
    for table in tables:
        data = data.setdefault(str(table), {})
    data[str(name)] = value


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none, each with what may have been meant."""
    known = {variable(path) for path, _ in settable_by_variable()} | OTHER_VARIABLES.keys()
    odd = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [name + suggestion(name, known) for name in odd]
