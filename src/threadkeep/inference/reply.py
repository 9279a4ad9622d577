"""Reply: one response of `/chat/completions`, read as the chunks that it says."""

from __future__ import annotations

import asyncio
from typing import Final

from threadkeep.errors import APIConnectionError
from threadkeep.inference import ChatChunk
from threadkeep.inference.completion_chunk import ReplyReader
from threadkeep.transport import AsyncStreamedResponse, Request
from threadkeep.types.usage import Usage

_SECONDS_AFTER_LAST_CHUNK: Final = 0.2
_CHARACTERS_PER_TOKEN: Final = 4


class Reply:
    """The reply to `sent`. Its beginning may tell that the request should be made again, what follows may not."""

    def __init__(self, sent: Request, response: AsyncStreamedResponse) -> None:
        self._sent = sent
        self._response = response
        self._reader = ReplyReader()
        self._first: list[ChatChunk] = []
        self._is_over = False

    async def begin(self) -> None:
        """Wait for the first chunks, which `next` gives then. Raises as that."""
        if "json" in self._response.headers.get("content-type", ""):
            self._first = self._reader.feed_whole(await self._response.read())
        self._first = self._first or await self.next()

    async def next(self) -> list[ChatChunk]:
        """The next chunks, those together that arrived together; none after the last.

        Raises `MalformedReplyError`, `ReportedError` or `APIConnectionError`.
        """
        if self._first:
            first, self._first = self._first, []
            return first
        self._reader.check()
        if not self._reader.is_done:
            async for data in self._response:
                if chunks := self._reader.feed(data):
                    return chunks
                if self._reader.is_done:
                    break
        return [] if self._is_over else await self._rest()

    async def _rest(self) -> list[ChatChunk]:
        """What was held back until the end, and how many tokens it all was if the server did not count."""
        self._is_over = True
        if self._reader.is_done:
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
