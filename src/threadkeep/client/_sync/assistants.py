# Generated from src/threadkeep/client/_async/assistants.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Assistants."""

from __future__ import annotations

from typing import Unpack

import msgspec

from threadkeep.client._sync.sender import Sender
from threadkeep.client.options import (
    AssistantCreateArguments,
    AssistantUpdateArguments,
    RequestOptions,
    split_options,
)
from threadkeep.client.page import Page
from threadkeep.types.assistant import Assistant, AssistantDeleted
from threadkeep.types.page import Order
from threadkeep.wire import assistants


class Assistants:
    """Stored recipes for runs: a model, instructions, tools."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def create(self, **arguments: Unpack[AssistantCreateArguments]) -> Assistant:
        """Make an assistant."""
        fields, options = split_options(arguments)
        return self._sender.send(assistants.create(fields), options)

    def list(
        self,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[Assistant]:
        """Give the assistants, newest first unless `order` is `asc`."""
        query = {"after": after, "before": before, "limit": limit, "order": order}
        return self._sender.list(assistants.list(query), options)

    def retrieve(self, assistant_id: str, **options: Unpack[RequestOptions]) -> Assistant:
        """Give the assistant."""
        return self._sender.send(assistants.retrieve(assistant_id), options)

    def update(self, assistant_id: str, **arguments: Unpack[AssistantUpdateArguments]) -> Assistant:
        """Replace what is given."""
        fields, options = split_options(arguments)
        return self._sender.send(assistants.update(assistant_id, fields), options)

    def delete(self, assistant_id: str, **options: Unpack[RequestOptions]) -> AssistantDeleted:
        """Delete the assistant. Its threads and runs stay."""
        return self._sender.send(assistants.delete(assistant_id), options)
