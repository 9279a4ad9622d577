"""What stands behind a path: one expression of all templates finds the first that fits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_NAME: Final = re.compile(r"{(\w+)(:path)?}")


class Paths(Generic[T]):
    """Values by templates of paths, in which `{name}` stands for one part and `{name:path}` for all that is left."""

    def __init__(self, mounts: Sequence[str], values: Mapping[str, T]) -> None:
        """Each template is known below each of `mounts`."""
        self._ends: dict[int, tuple[T, Mapping[str, int]]] = {}
        choices: list[str] = []
        group = 1
        for template, value in values.items():
            names = {match[1]: group + n for n, match in enumerate(_NAME.finditer(template), 1)}
            choices.append(f"({_NAME.sub(_part, template)})")
            self._ends[group] = value, names
            group += 1 + len(names)
        mount = "|".join(map(re.escape, mounts))
        self._expression = re.compile(f"(?:{mount})(?:{'|'.join(choices)})", re.DOTALL)

    def find(self, path: str) -> tuple[T, dict[str, str]] | None:
        """The value of the first template that fits, and what stands where it has names; or None."""
        match = self._expression.fullmatch(path)
        if match is None or match.lastindex is None:
            return None
        value, names = self._ends[match.lastindex]  # the group that closes last is the whole choice
        return value, {name: match[group] for name, group in names.items()}


def _part(name: re.Match[str]) -> str:
    return "(.+)" if name[2] else "([^/]+)"
