"""The client itself."""

from __future__ import annotations

from types import TracebackType
from typing import Self, Unpack

from threadkeep.client._async.assistants import AsyncAssistants
from threadkeep.client._async.files import AsyncFiles
from threadkeep.client._async.models import AsyncModels
from threadkeep.client._async.sender import AsyncSender
from threadkeep.client._async.threads import AsyncThreads
from threadkeep.client._async.vector_stores import AsyncVectorStores
from threadkeep.client.config import ClientConfig, ClientOptions, changed_config, first_config
from threadkeep.transport import AsyncTransport, Timeout


class AsyncClient:
    """Calls a server that speaks the Threads API.

    What is not given comes from the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
    `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`. As a context manager it closes its connections at the end.
    """

    def __init__(
        self, *, transport: AsyncTransport | None = None, **options: Unpack[ClientOptions]
    ) -> None:
        config = first_config(options)
        self._set_up(AsyncSender(config, transport or _default_transport()))

    def _set_up(self, sender: AsyncSender) -> None:
        self._sender = sender
        self.assistants = AsyncAssistants(sender)
        self.threads = AsyncThreads(sender)
        self.files = AsyncFiles(sender)
        self.vector_stores = AsyncVectorStores(sender)
        self.models = AsyncModels(sender)

    @property
    def beta(self) -> Self:
        """The client itself: code that says `client.beta.threads` works as it is."""
        return self

    def with_options(
        self, *, transport: AsyncTransport | None = None, **options: Unpack[ClientOptions]
    ) -> Self:
        """A client with other options, on the same connections unless it is given a transport."""
        config = changed_config(self._sender.config, options)
        other = object.__new__(type(self))
        other._set_up(AsyncSender(config, transport or self._sender.transport))
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

    async def close(self) -> None:
        """Close the connections, those of its copies too."""
        await self._sender.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"


def _default_transport() -> AsyncTransport:
    # Imported when needed: a client in the process needs no network.
    from threadkeep.transport.plain_http import AsyncPlainHTTPTransport  # noqa: PLC0415

    return AsyncPlainHTTPTransport()
