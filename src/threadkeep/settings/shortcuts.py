"""One chat model for everything, named in one word: what `--upstream` and `--model` stand for."""

from __future__ import annotations

import msgspec

from threadkeep.errors import SettingsError
from threadkeep.settings import Settings
from threadkeep.settings.loading import EffectiveSettings


def with_upstream(effective: EffectiveSettings, url: str) -> EffectiveSettings:
    """Send every request to the server at `url`, whatever else is set."""
    if not url.startswith(("http://", "https://")):
        raise SettingsError(f"an upstream is named by a URL with http:// or https://, not {url!r}")
    environ = {**effective.environ, "THREADKEEP_UPSTREAM_URL": url}
    settings = without_models(effective.settings)
    return msgspec.structs.replace(effective, settings=settings, environ=environ)


def with_local_model(effective: EffectiveSettings, model: str) -> EffectiveSettings:
    """Run `model` here, and send every request to it, whatever else is set."""
    settings = without_models(effective.settings)
    local = msgspec.structs.replace(settings.local, model=model)
    settings = msgspec.structs.replace(settings, local=local)
    return msgspec.structs.replace(effective, settings=settings)


def without_models(settings: Settings) -> Settings:
    """`settings` with no word about chat models."""
    local = msgspec.structs.replace(settings.local, model=None)
    return msgspec.structs.replace(settings, upstreams={}, routes=[], local=local)
