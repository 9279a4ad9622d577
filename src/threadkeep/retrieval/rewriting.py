"""Rewrites what people write into queries that find more, by a chat model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from threadkeep.errors import ChatModelError, ChatModelUnavailableError
from threadkeep.inference import ChatMessage, ChatModel, ChatRequest
from threadkeep.inference.probing import is_chat_model

logger = logging.getLogger(__name__)

SECONDS = 20.0
"""How long a search waits for its query."""
_MOST_TOKENS: Final = 100
_INSTRUCTIONS: Final = (
    "Turn what the user writes into a query for a search engine. Keep every name, number and special term."
    " Leave out greetings, thanks, and what has nothing to do with what is looked for."
    " Do not answer. Reply with the query alone, in the user's language."
)
_QUOTES: Final = "\"'`“”„«»"


class QueryRewriter:
    """Asks `model`; without one, the first chat model that is listed. If that fails, a query stays as it is."""

    def __init__(self, chat_model: ChatModel, model: str | None = None) -> None:
        self._chat_model = chat_model
        self._model = model
        self._first: str | None = None

    async def rewritten(self, queries: Sequence[str]) -> list[str]:
        """What had better be searched for, in the same order."""
        try:
            async with asyncio.timeout(SECONDS):
                model = self._model or self._first or await self._first_model()
                return await asyncio.gather(*(self._rewritten(query, model) for query in queries))
        except TimeoutError:
            self._give_up(f"there was none within {SECONDS:g} s")
        except ChatModelError as error:
            self._give_up(error)
        return [*queries]

    async def _first_model(self) -> str:
        for model in await self._chat_model.models():
            if is_chat_model(model.id) and self._chat_model.takes(model.id):
                self._first = model.id
                return model.id
        raise ChatModelUnavailableError(
            "no chat model is listed; `file_search.rewrite_model` may name one"
        )

    async def _rewritten(self, query: str, model: str) -> str:
        try:
            rewritten = _bare(await self._reply(query, model))
        except ChatModelError as error:
            self._give_up(error)
            return query
        if not rewritten:
            self._give_up(f"the model '{model}' wrote none, or came to no end")
        return rewritten or query

    async def _reply(self, query: str, model: str) -> str:
        """The model's; nothing if it has no end, as it is no query then."""
        request = ChatRequest(
            model=model,
            messages=[
                ChatMessage(role="system", content=_INSTRUCTIONS),
                ChatMessage(role="user", content=query),
            ],
            temperature=0.0,
            max_completion_tokens=_MOST_TOKENS,
        )
        parts: list[str] = []
        async with aclosing(self._chat_model.stream(request)) as reply:
            async for chunks in reply:
                parts += [chunk.text for chunk in chunks if chunk.text]
                if any(chunk.finish_reason == "length" for chunk in chunks):
                    return ""
        return "".join(parts)

    def _give_up(self, why: object) -> None:
        self._first = None  # it may be gone, and another be there
        logger.warning("A query is searched as it was given, not rewritten: %s", why)


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(_QUOTES)
