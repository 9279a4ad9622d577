"""A response whose body is still coming."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

from threadkeep.transport import AsyncStreamedResponse


class AsyncOpenResponse:
    """Chunks of bytes as they arrive, until it is closed."""

    def __init__(self, response: AsyncStreamedResponse, stack: AsyncExitStack) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._stack = stack

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.__aiter__()

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._stack.aclose()
