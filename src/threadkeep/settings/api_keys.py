"""API keys that are let in. Only their hashes are ever kept."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from threadkeep.settings import ApiKeySettings, Settings
from threadkeep.settings.checking import Mistake
from threadkeep.settings.schema import KeyPath

DEFAULT_PROJECT = "default"


def key_hash(key: str) -> str:
    """What is kept of an API key."""
    return sha256(key.encode()).hexdigest()


def projects_by_key_hash(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each key that is let in, and the project that it opens.

    Raises `SettingsError` if a variable in `environ` that shall hold a key holds none.
    """
    return {
        hash_of(key, environ, ("api_keys", index)): key.project
        for index, key in enumerate(settings.api_keys)
    }


def hash_of(key: ApiKeySettings, environ: Mapping[str, str], path: KeyPath) -> str:
    """SHA-256 of one key."""
    if key.sha256 is not None:
        return key.sha256
    assert key.env is not None, "checked when the settings were loaded"
    if not environ.get(key.env):
        raise Mistake((*path, "env"), f"the environment variable {key.env} is not set")
    return key_hash(environ[key.env])
