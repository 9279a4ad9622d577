"""Settings from all sources: defaults, a TOML file, the environment, flags; later ones win."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from threadkeep.errors import SettingsError
from threadkeep.settings import Settings
from threadkeep.settings.api_keys import DEFAULT_PROJECT, key_hash, projects_by_key_hash
from threadkeep.settings.checking import Mistake, check, check_complete, check_whole
from threadkeep.settings.environment import environment, environment_layer
from threadkeep.settings.layer import Data, Layer, merged
from threadkeep.settings.schema import KeyPath, Value, keys_of
from threadkeep.settings.toml_file import file_layer, find_file


class EffectiveSettings(msgspec.Struct, frozen=True):
    """The settings that hold, and where each one comes from."""

    settings: Settings
    layers: Sequence[Layer]
    environ: Mapping[str, str]
    """The variables that may hold API keys; nothing else reads the environment."""
    file: Path | None = None

    def origin(self, path: KeyPath) -> str:
        """Which source set the value at `path`; `default` if none did."""
        layer = next((layer for layer in reversed(self.layers) if layer.has(path)), None)
        return layer.place(path) if layer else "default"

    def entries(self) -> Iterator[tuple[KeyPath, Value]]:
        """Every value in the tree with its path, in the order of the documentation."""
        return leaves(self.settings, ())

    def projects_by_key_hash(self) -> dict[str, str]:
        """The API keys that are let in. Raises `SettingsError`, which names where one is set."""
        try:
            return projects_by_key_hash(self.settings, self.environ)
        except Mistake as mistake:
            raise placed(mistake, self.layers) from None


def load(
    *,
    file: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    api_key: str | None = None,
    environ: Mapping[str, str] | None = None,
    name_flag: Callable[[str], str] = lambda key: "--" + key.replace("_", "-"),
) -> EffectiveSettings:
    """The settings that hold. Raises `SettingsError`, which names where the mistake stands.

    `flags` is laid over all else; `name_flag` says what its keys are called where they were given.
    `api_key` (or `THREADKEEP_API_KEY`) is let in besides the keys that the settings list.
    """
    environ = environment() if environ is None else environ
    found = find_file(file, environ)
    layers = [file_layer(found)] if found else []
    layers.append(environment_layer(environ))
    layers.append(Layer(dict(flags or {}), lambda path: name_flag(str(path[0]))))
    for layer in layers:
        check_layer(layer)
    layers += one_more_key(merged(layers), api_key, environ)
    return EffectiveSettings(settings_of(layers), layers, environ, found)


def check_layer(layer: Layer) -> None:
    """Raise `SettingsError` if a source says what the settings do not take."""
    try:
        check(layer.data)
    except Mistake as mistake:
        raise placed(mistake, [layer]) from None


def one_more_key(data: Data, api_key: str | None, environ: Mapping[str, str]) -> Iterator[Layer]:
    """The keys so far and one more, if one was given by a flag or a variable."""
    key = api_key or environ.get("THREADKEEP_API_KEY")
    if key:
        listed = data.get("api_keys", [])
        added = {"sha256": key_hash(key), "project": DEFAULT_PROJECT}
        name = "--api-key" if api_key else "environment variable THREADKEEP_API_KEY"
        yield AddedKey({"api_keys": [*listed, added]}, lambda _: name, len(listed))


class AddedKey(Layer, frozen=True):
    """A layer whose own is only the key at `index`; the keys before it are those of the sources."""

    index: int

    def has(self, path: KeyPath) -> bool:
        """Whether `path` lies within the added key."""
        return path[:2] == ("api_keys", self.index) and super().has(path)


def settings_of(layers: Sequence[Layer]) -> Settings:
    """All layers as one tree. Raises `SettingsError` if they do not fit together."""
    data = merged(layers)
    try:
        check_complete(data, Settings)
        settings = msgspec.convert(data, Settings)
        check_whole(settings)
    except Mistake as mistake:
        raise placed(mistake, layers) from None
    return settings


def placed(mistake: Mistake, layers: Sequence[Layer]) -> SettingsError:
    """The mistake, with the place where it stands in front."""
    layer = next(layer for layer in reversed(layers) if layer.has(mistake.path))
    return SettingsError(f"{layer.place(mistake.path)}: {mistake.text}")


def leaves(value: Value, path: KeyPath) -> Iterator[tuple[KeyPath, Value]]:
    """Every value below `value`, with its path; an empty list or table stands for itself."""
    if isinstance(value, msgspec.Struct):
        for name in keys_of(type(value)):
            yield from leaves(getattr(value, name), (*path, name))
    elif isinstance(value, dict) and value:
        for name, inner in cast("Data", value).items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(cast("list[Value]", value)):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value
