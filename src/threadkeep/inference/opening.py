"""From what was found to a chat model that is ready to reply."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from threadkeep.inference.discovery import Discovery
from threadkeep.inference.local import UPSTREAM, LocalChatModel, OnProgress
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.inference.routing import RoutedChatModel, Upstream
from threadkeep.transport import AsyncTransport
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport


@asynccontextmanager
async def open_chat_model(
    discovery: Discovery, *, on_progress: OnProgress | None = None
) -> AsyncGenerator[RoutedChatModel]:
    """The chat model of all that was found. Connections and the local model's process end with the context.

    The local model is loaded with the first request, or at once if `on_progress` is given: it gets
    lines to show.
    """
    async with AsyncExitStack() as stack:
        transport = AsyncPlainHTTPTransport()
        stack.push_async_callback(transport.aclose)
        upstreams = _upstreams(discovery, transport)
        if discovery.local is not None:
            local = LocalChatModel(discovery.local, transport, on_progress)
            stack.push_async_callback(local.stop)
            if on_progress is not None:
                await local.start()
            upstreams[UPSTREAM] = Upstream(local, "constrained", "first")
        yield RoutedChatModel(upstreams, discovery.routes)


def _upstreams(discovery: Discovery, transport: AsyncTransport) -> dict[str, Upstream]:
    return {
        name: Upstream(
            OpenAICompatibleModel(
                name,
                found.settings,
                transport,
                api_key=found.api_key.reveal() if found.api_key else None,
            ),
            found.settings.tool_calls,
            found.settings.file_search,
        )
        for name, found in discovery.upstreams.items()
    }
