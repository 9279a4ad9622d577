"""`threadkeep serve`: the server, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from threadkeep.cli import options
from threadkeep.errors import SettingsError
from threadkeep.settings.loading import EffectiveSettings


@click.command()
@options.settings_file
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.  [8400]")
@click.option("--metrics-port", type=int, help="Port of its own for /metrics and /health.")
@options.database
@options.bus
@click.option("--api-key", metavar="KEY", help="API key that is let in; with none, every key is.")
@options.upstream
@options.local_model
@options.log_level
@click.option("--api", "is_api", is_flag=True, help="Only answer requests; `worker` works on runs.")
def serve(
    settings_file: Path | None,
    is_api: bool,
    api_key: str | None,
    upstream: str | None,
    local_model: str | None,
    **flags: str | int | None,
) -> None:
    """Start the server, on this machine alone unless told otherwise.

    It stops on Ctrl-C or SIGTERM: no new request is taken, runs get some seconds to end, and what
    is not done by then goes on with another node or with the next start.
    """
    from threadkeep.cli.listening import listen

    effective = options.effective_settings(
        settings_file, api_key=api_key, upstream=upstream, local_model=local_model, **flags
    )
    refuse_open_doors(effective)
    listen(effective, "api" if is_api else "all")


def refuse_open_doors(effective: EffectiveSettings) -> None:
    """Without keys, let only this machine in."""
    settings = effective.settings
    if not effective.projects_by_key_hash() and not is_loopback(settings.host):
        raise SettingsError(
            f"listening on {settings.host} without an API key would let everybody in;"
            " set one with --api-key, THREADKEEP_API_KEY or [[api_keys]] in the settings file"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    from ipaddress import ip_address

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
