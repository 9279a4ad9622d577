"""The settings file: which one is read, and on which line of it each value stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from threadkeep.errors import SettingsError
from threadkeep.settings.layer import Layer, contains
from threadkeep.settings.schema import KeyPath

FILE_NAME = "threadkeep.toml"


def find_file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one that is named, else the first that is there, else none."""
    if named is None and environ.get("THREADKEEP_SETTINGS"):
        named = Path(environ["THREADKEEP_SETTINGS"])
    if named is not None:
        if not named.is_file():
            raise SettingsError(f"there is no settings file {named}")
        return named
    return next((file for file in usual_files(environ) if file.is_file()), None)


def usual_files(environ: Mapping[str, str]) -> list[Path]:
    """Where a settings file is looked for if none is named."""
    home = Path(environ.get("HOME") or "~").expanduser()
    folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [Path(FILE_NAME), folder / "threadkeep" / "settings.toml"]


def file_layer(file: Path) -> Layer:
    """What `file` says. Raises `SettingsError` if it cannot be read or is no TOML."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(syntax_mistake(file, str(error), text)) from None
    return Layer(data, lambda path: f"{file}, line {line_of(path, text)}")


def syntax_mistake(file: Path, error: str, text: str) -> str:
    """The TOML reader's words, with the line in front."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", error)
    if found is None:
        return f"{file}, line {last_line(text)}: this is not TOML: {error}"
    return f"{file}, line {found[2]}: this is not TOML: {found[1]}"


def last_line(text: str) -> int:
    """The number of the last line; only a line feed ends one in TOML."""
    return text.removesuffix("\n").count("\n") + 1


def line_of(path: KeyPath, text: str) -> int:
    """The line of `text` on which the value at `path` is set.

    A TOML statement ends with its line. So the statement that sets a value is what lies between the
    longest run of lines that lacks the value and the shortest that has it, both of them whole TOML.
    """
    lines = text.split("\n")
    start = 0
    for end in range(1, len(lines) + 1):
        data = parsed("\n".join(lines[:end]))
        if data is None:
            continue
        if contains(data, path):
            return line_within(lines[start:end], path) + start
        start = end
    return 1


def line_within(statement: list[str], path: KeyPath) -> int:
    """Which line of a statement over several lines names the last key of `path`."""
    names = [part for part in path if isinstance(part, str)]
    naming = (number for number, line in enumerate(statement, 1) if names[-1] in line)
    return next(naming, 1)


def parsed(text: str) -> dict[str, Any] | None:
    """`text` as TOML, or None if it is cut off in the middle of something."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
