"""Flags that several commands share, and the settings that they lead to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from threadkeep.settings.loading import EffectiveSettings, load
from threadkeep.settings.shortcuts import with_local_model, with_upstream

settings_file = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings file; else ./threadkeep.toml, else the one in ~/.config/threadkeep.",
)
database = click.option(
    "--database",
    metavar="URL",
    help="Where everything is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.",
)
bus = click.option("--bus", metavar="URL", help="What nodes hear each other by: nats://HOST:4222.")
log_level = click.option(
    "--log-level", metavar="LEVEL", help="debug, info, warning or error.  [info]"
)
upstream = click.option(
    "--upstream", metavar="URL", help="Base URL of a server that speaks /chat/completions."
)
local_model = click.option(
    "--model", "local_model", metavar="MODEL", help="Model to run here: a .gguf file, or a name of `models list`."
)  # fmt: skip
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
limit = click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most."
)


def effective_settings(
    file: Path | None,
    *,
    api_key: str | None = None,
    upstream: str | None = None,
    local_model: str | None = None,
    **flags: str | int | None,
) -> EffectiveSettings:
    """The settings that hold with these flags; a flag that is None was not given."""
    if upstream and local_model:
        raise click.UsageError("--upstream and --model exclude each other.")
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    effective = load(file=file, flags=given, api_key=api_key)
    if upstream:
        return with_upstream(effective, upstream)
    return with_local_model(effective, local_model) if local_model else effective
