"""`threadkeep worker`: a node that works on runs and files, and answers no requests."""

from __future__ import annotations

from pathlib import Path

import click

from threadkeep.cli import options


@click.command()
@options.settings_file
@options.database
@options.bus
@click.option("--port", type=int, help="Port for /metrics and /health; 0 takes a free one.  [none]")
@click.option("--host", metavar="ADDRESS", help="Address of that port.  [127.0.0.1]")
@options.upstream
@options.local_model
@options.log_level
def worker(
    settings_file: Path | None,
    host: str | None,
    port: int | None,
    upstream: str | None,
    local_model: str | None,
    **flags: str | None,
) -> None:
    """Work on runs and files of a database that several nodes share.

    It stops on Ctrl-C or SIGTERM: runs get some seconds to end, and what is not done by then goes
    on with another worker at once.
    """
    from threadkeep.cli.working import work

    effective = options.effective_settings(
        settings_file,
        upstream=upstream,
        local_model=local_model,
        metrics_host=host,
        metrics_port=port,
        **flags,
    )
    work(effective)
