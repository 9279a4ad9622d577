"""What `serve` says once it listens: where, on which storage, with which models, and what to do next."""

from __future__ import annotations

import click

from threadkeep.assembly import Parts
from threadkeep.cli.output import print_fields
from threadkeep.inference.discovery import Discovery
from threadkeep.settings import Settings
from threadkeep.version import __version__


def print_welcome(parts: Parts, settings: Settings, url: str, operations: str = "") -> None:
    """Tell whoever started the server what they have; `operations` is where operators have a port of their own."""
    click.echo(f"\nThreadkeep {__version__}\n")
    print_fields(
        (
            ("Listening", url),
            *([("Metrics", f"{operations}/metrics")] if operations else []),
            ("Storage", parts.storage.label),
            *bus_field(parts, settings),
            ("Models", models_text(parts.discovery)),
            ("Keys", keys_text(settings)),
            ("", ""),
            ("Talk to it", f"threadkeep chat --base-url {url}"),
            ("Your code", f"OPENAI_BASE_URL={url} OPENAI_API_KEY={key_text(settings)}"),
            ("Stop it", "Ctrl-C"),
        )
    )


def print_worker_welcome(parts: Parts, settings: Settings, url: str | None) -> None:
    """Tell whoever started a worker what it works on, and by which name other nodes and the doctor speak of it.

    `url` is where its health is told, if anywhere.
    """
    duties = parts.engine.duties
    click.echo(f"\nThreadkeep {__version__}, a worker\n")
    print_fields(
        (
            *([("Worker", duties.worker.id)] if duties is not None else []),
            *([("Health", f"{url}/health")] if url else []),
            ("Storage", parts.storage.label),
            *bus_field(parts, settings),
            ("Models", models_text(parts.discovery)),
            ("Stop it", "Ctrl-C"),
        )
    )


def bus_field(parts: Parts, settings: Settings) -> list[tuple[str, str]]:
    """Where other nodes are heard, if there can be others."""
    return [("Bus", parts.bus.label)] if settings.bus else []


def models_text(discovery: Discovery) -> str:
    """What model names go to, one line each."""
    lines = [f"{pattern} → {destination}" for pattern, destination in discovery.destinations()]
    return "\n".join(lines) or "none, so that runs will fail; `threadkeep doctor` says what to do"


def keys_text(settings: Settings) -> str:
    """Who is let in."""
    count = len(settings.api_keys)
    if count == 0:
        return "none set: every key is let in, from this machine alone"
    return "1 is let in" if count == 1 else f"{count} are let in"


def key_text(settings: Settings) -> str:
    """What to set as a key."""
    return "<your key>" if settings.api_keys else "any"
