# Generated from src/threadkeep/client/_async/messages.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Messages of a thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Unpack

import msgspec

from threadkeep.client._sync.sender import Sender
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import Page
from threadkeep.types.message import Message, MessageDeleted
from threadkeep.types.page import Order
from threadkeep.wire import messages
from threadkeep.wire.parameters import AttachmentParam, ContentParam, MetadataParam, Optional


class Messages:
    """What was said on a thread."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def create(
        self,
        thread_id: str,
        *,
        content: ContentParam,
        role: Literal["user", "assistant"],
        attachments: Optional[Iterable[AttachmentParam]] = msgspec.UNSET,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Message:
        """Add a message to the end of the thread."""
        operation = messages.create(
            thread_id, role=role, content=content, attachments=attachments, metadata=metadata
        )
        return self._sender.send(operation, options)

    def list(
        self,
        thread_id: str,
        *,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        run_id: str | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Page[Message]:
        """Give the messages, newest first unless `order` is `asc`; of one run, if that is given."""
        query = {
            "after": after,
            "before": before,
            "limit": limit,
            "order": order,
            "run_id": run_id,
        }
        return self._sender.list(messages.list(thread_id, query), options)

    def retrieve(
        self, message_id: str, *, thread_id: str, **options: Unpack[RequestOptions]
    ) -> Message:
        """Give the message."""
        return self._sender.send(messages.retrieve(thread_id, message_id), options)

    def update(
        self,
        message_id: str,
        *,
        thread_id: str,
        metadata: Optional[MetadataParam] = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> Message:
        """Replace the metadata."""
        operation = messages.update(thread_id, message_id, metadata=metadata)
        return self._sender.send(operation, options)

    def delete(
        self, message_id: str, *, thread_id: str, **options: Unpack[RequestOptions]
    ) -> MessageDeleted:
        """Delete the message."""
        return self._sender.send(messages.delete(thread_id, message_id), options)
