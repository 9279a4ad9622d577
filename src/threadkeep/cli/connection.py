"""The client that commands talk through: to a server, or to a file with no server at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import click
import msgspec

from threadkeep import Client
from threadkeep.cli.options import effective_settings, settings_file

P = ParamSpec("P")

ANY_KEY = "threadkeep"
"""What is sent where no key is set; a server without keys lets every one in."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the objects are that a command is about."""

    settings_file: Path | None
    base_url: str | None
    database: str | None
    api_key: str | None

    def connect(self) -> AbstractContextManager[Client]:
        """A client for it: of a server in this process if a database is named, else of a running one."""
        if self.database is None:
            return self.client_of_server()
        if self.base_url is not None:
            raise click.UsageError("--base-url and --database exclude each other.")
        return self.client_of_file()

    def client_of_file(self) -> Client:
        """A client of the file, with no server beside it."""
        from threadkeep.embedded import client_with

        return client_with(effective_settings(self.settings_file, database=self.database))

    def client_of_server(self) -> Client:
        """A client of the server at `--base-url`, `OPENAI_BASE_URL`, or where `serve` listens."""
        effective = effective_settings(self.settings_file)
        environ, settings = effective.environ, effective.settings
        usual = f"http://{url_host(settings.host)}:{settings.port}/v1"
        return Client(
            base_url=self.base_url or environ.get("OPENAI_BASE_URL") or usual,
            api_key=self.api_key or environ.get("OPENAI_API_KEY") or ANY_KEY,
        )

    def flags(self) -> str:
        """The flags that lead here again; empty if none are needed."""
        given = (("--base-url", self.base_url), ("--database", self.database))
        return "".join(f" {flag} {value}" for flag, value in given if value)


def url_host(host: str) -> str:
    """`host` as a URL has it."""
    return f"[{host}]" if ":" in host else host


def at_address(command: Callable[Concatenate[Address, P], None]) -> Callable[P, None]:
    """Give `command` the flags that say where the objects are; it takes them as its first argument."""

    @wraps(command)
    def with_address(*args: P.args, **kwargs: P.kwargs) -> None:
        names = Address.__struct_fields__
        address = Address(**{name: kwargs.pop(name) for name in names})  # pyright: ignore[reportArgumentType]
        command(address, *args, **kwargs)

    flags = (
        click.option(
            "--base-url",
            metavar="URL",
            help="Server to talk to; else OPENAI_BASE_URL, else the one on this machine.",
        ),
        click.option(
            "--database", metavar="sqlite:///FILE", help="File to open here, with no server."
        ),
        click.option("--api-key", metavar="KEY", help="API key to show; else OPENAI_API_KEY."),
        settings_file,
    )
    decorated: Callable[P, None] = with_address
    for flag in reversed(flags):
        decorated = flag(decorated)
    return decorated
