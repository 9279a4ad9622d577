"""What a client is told once: from its arguments, else from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, TypedDict

import msgspec

from threadkeep.client.options import TimeoutOption, to_timeout
from threadkeep.errors import SettingsError
from threadkeep.transport import Timeout

DEFAULT_BASE_URL: Final = "http://127.0.0.1:8400/v1"
"""Where `threadkeep serve` listens unless told otherwise."""

NO_KEY: Final = (
    "The api_key client option must be set either by passing api_key to the client "
    "or by setting the OPENAI_API_KEY environment variable"
)


class ClientOptions(TypedDict, total=False):
    """The arguments of a client. None, or left out: as the environment says, else the default."""

    api_key: str | None
    organization: str | None
    project: str | None
    base_url: str | None
    timeout: TimeoutOption
    max_retries: int
    default_headers: Mapping[str, str | msgspec.UnsetType] | None
    default_query: Mapping[str, object] | None


class ClientConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a client knows about its server and how to call it."""

    api_key: str
    base_url: str = DEFAULT_BASE_URL
    organization: str | None = None
    project: str | None = None
    timeout: Timeout = Timeout()
    max_retries: int = 2
    default_headers: Mapping[str, str | msgspec.UnsetType] = {}
    default_query: Mapping[str, object] = {}

    def __repr__(self) -> str:
        return f"ClientConfig(base_url={self.base_url!r})"


def first_config(options: ClientOptions, environ: Mapping[str, str] = os.environ) -> ClientConfig:
    """The configuration of a new client. Raises `SettingsError` if there is no API key."""
    api_key = options.get("api_key") or environ.get("OPENAI_API_KEY")
    if not api_key:
        raise SettingsError(NO_KEY)
    named: ClientOptions = {
        "base_url": environ.get("OPENAI_BASE_URL"),
        "organization": environ.get("OPENAI_ORG_ID"),
        "project": environ.get("OPENAI_PROJECT_ID"),
    }
    return changed_config(changed_config(ClientConfig(api_key=api_key), named), options)


def changed_config(config: ClientConfig, options: ClientOptions) -> ClientConfig:
    """`config` with what `options` has otherwise; headers and query are merged."""
    changes = {name: value for name, value in options.items() if value is not None}
    if "base_url" in changes:
        changes["base_url"] = str(changes["base_url"]).rstrip("/")
    if (timeout := options.get("timeout", msgspec.UNSET)) is not msgspec.UNSET:
        changes["timeout"] = to_timeout(timeout)
    else:
        changes.pop("timeout", None)
    if options.get("max_retries", 0) < 0:
        message = "max_retries must be a non-negative integer"
        raise ValueError(message)
    changes["default_headers"] = {
        **config.default_headers,
        **(options.get("default_headers") or {}),
    }
    changes["default_query"] = {**config.default_query, **(options.get("default_query") or {})}
    return msgspec.structs.replace(config, **changes)
