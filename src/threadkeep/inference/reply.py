"""Reply: one response of `/chat/completions`, read as the chunks that it says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

from threadkeep.errors import APIConnectionError
from threadkeep.inference import ChatChunk
from threadkeep.inference.completion_chunk import ReplyReader
from threadkeep.transport import AsyncStreamedResponse, Request
from threadkeep.types.usage import Usage

_SECONDS_AFTER_LAST_CHUNK: Final = 0.2
_CHARACTERS_PER_TOKEN: Final = 4


class Reply:
    """The reply to `sent`. Its beginning may tell that the request should be made again, what follows may not.

    Whoever reads it takes `first`, feeds what `more` gives until it `is_done` or that is nothing, and takes the `rest`.
    """

    __slots__ = ("_data", "_is_over", "_reader", "_response", "_sent", "first")

    def __init__(self, sent: Request, response: AsyncStreamedResponse) -> None:
        self.first: list[ChatChunk] = []
        """What `begin` found."""
        self._sent = sent
        self._response = response
        self._data = aiter(response)
        self._reader = ReplyReader()
        self._is_over = False

    @property
    def is_done(self) -> bool:
        """Whether the model has said that nothing follows."""
        return self._reader.is_done

    async def begin(self) -> None:
        """Wait for the first chunks. Raises as `feed`, `more` and `rest`."""
        if "json" in self._response.headers.get("content-type", ""):
            self.first = self._reader.feed_whole(await self._response.read())
        while not (self.first or self.is_done) and (data := await self.more()):
            self.first = self.feed(data)
        self.first = self.first or await self.rest()

    def more(self) -> Awaitable[bytes]:
        """What comes next, to be fed; nothing at the end. Raises `APIConnectionError`."""
        return anext(self._data, b"")

    def feed(self, data: bytes) -> list[ChatChunk]:
        """The chunks that these bytes complete. Raises `MalformedReplyError` or `ReportedError`."""
        self._reader.check()
        return self._reader.feed(data)

    async def rest(self) -> list[ChatChunk]:
        """What was held back until the end, and how many tokens it all was if the server did not count.

        Raises as `feed`.
        """
        self._reader.check()
        if self._is_over:
            return []
        self._is_over = True
        if self.is_done:
            await self._let_end()
        rest = self._reader.finish()
        if not self._reader.usage_known:
            rest.append(ChatChunk(usage=self._estimate()))
        return rest

    async def _let_end(self) -> None:
        """Read the end of the body, which follows at once, so that its connection can serve again."""
        try:
            async with asyncio.timeout(_SECONDS_AFTER_LAST_CHUNK):
                await self._response.read()
        except (TimeoutError, APIConnectionError):
            pass

    def _estimate(self) -> Usage:
        """Token counts by the usual rule of thumb, so that budgets hold where a server does not count."""
        size = len(self._sent.body) if isinstance(self._sent.body, bytes) else 0
        prompt, completion = (
            -(-count // _CHARACTERS_PER_TOKEN) for count in (size, self._reader.characters)
        )
        return Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=prompt + completion,
        )
