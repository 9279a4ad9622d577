# Generated from src/threadkeep/client/_async/client.py by scripts/unasync.py. Edit that file, then run `make format`.
"""The client itself."""

from __future__ import annotations

from types import TracebackType
from typing import Self, Unpack

from threadkeep.client._sync.assistants import Assistants
from threadkeep.client._sync.files import Files
from threadkeep.client._sync.models import Models
from threadkeep.client._sync.sender import Sender
from threadkeep.client._sync.threads import Threads
from threadkeep.client._sync.vector_stores import VectorStores
from threadkeep.client.config import ClientConfig, ClientOptions, changed_config, first_config
from threadkeep.transport import Timeout, Transport


class Client:
    """Calls a server that speaks the Threads API.

    What is not given comes from the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
    `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`. As a context manager it closes its connections at the end.
    """

    def __init__(
        self, *, transport: Transport | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        config = first_config(options)
        self._set_up(Sender(config, transport or _default_transport()))

    def _set_up(self, sender: Sender) -> None:
        self._sender = sender
        self.assistants = Assistants(sender)
        self.threads = Threads(sender)
        self.files = Files(sender)
        self.vector_stores = VectorStores(sender)
        self.models = Models(sender)

    @property
    def beta(self) -> Self:
        """The client itself: code that says `client.beta.threads` works as it is."""
        return self

    def with_options(
        self, *, transport: Transport | None = None, **options: Unpack[ClientOptions]
    ) -> Self:
        """A client with other options, on the same connections unless it is given a transport."""
        config = changed_config(self._sender.config, options)
        other = object.__new__(type(self))
        other._set_up(Sender(config, transport or self._sender.transport))
        return other

    copy = with_options

    @property
    def config(self) -> ClientConfig:
        """What this client was told, by its arguments and by the environment."""
        return self._sender.config

    @property
    def api_key(self) -> str:
        """The key that goes with each call."""
        return self.config.api_key

    @property
    def base_url(self) -> str:
        """Where the API is, without a slash at the end."""
        return self.config.base_url

    @property
    def organization(self) -> str | None:
        """The organization that goes with each call."""
        return self.config.organization

    @property
    def project(self) -> str | None:
        """The project that goes with each call."""
        return self.config.project

    @property
    def timeout(self) -> Timeout:
        """How long a call may take, unless it says otherwise."""
        return self.config.timeout

    @property
    def max_retries(self) -> int:
        """How often a call is tried again."""
        return self.config.max_retries

    def close(self) -> None:
        """Close the connections, those of its copies too."""
        self._sender.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"


def _default_transport() -> Transport:
    # Imported when needed: a client in the process needs no network.
    from threadkeep.transport.blocking_http import PlainHTTPTransport  # noqa: PLC0415

    return PlainHTTPTransport()
