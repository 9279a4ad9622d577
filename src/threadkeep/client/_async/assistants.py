"""Assistants."""

from __future__ import annotations

from typing import Unpack

import msgspec

from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.options import (
    AssistantCreateArguments,
    AssistantUpdateArguments,
    RequestOptions,
    split_options,
)
from threadkeep.client.page import AsyncPager
from threadkeep.types.assistant import Assistant, AssistantDeleted
from threadkeep.types.page import Order
from threadkeep.wire import assistants


class AsyncAssistants:
    """Stored recipes for runs: a model, instructions, tools."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    async def create(self, **arguments: Unpack[AssistantCreateArguments]) -> Assistant:
        """Make an assistant."""
        fields, options = split_options(arguments)
        return await self._sender.send(assistants.create(fields), options)

    def list(
        self,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> AsyncPager[Assistant]:
        """Give the assistants, newest first unless `order` is `asc`."""
        query = {"after": after, "before": before, "limit": limit, "order": order}
        return self._sender.list(assistants.list(query), options)

    async def retrieve(self, assistant_id: str, **options: Unpack[RequestOptions]) -> Assistant:
        """Give the assistant."""
        return await self._sender.send(assistants.retrieve(assistant_id), options)

    async def update(
        self, assistant_id: str, **arguments: Unpack[AssistantUpdateArguments]
    ) -> Assistant:
        """Replace what is given."""
        fields, options = split_options(arguments)
        return await self._sender.send(assistants.update(assistant_id, fields), options)

    async def delete(
        self, assistant_id: str, **options: Unpack[RequestOptions]
    ) -> AssistantDeleted:
        """Delete the assistant. Its threads and runs stay."""
        return await self._sender.send(assistants.delete(assistant_id), options)
