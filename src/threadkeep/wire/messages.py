"""The calls on messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from threadkeep.types.message import Message, MessageDeleted
from threadkeep.wire.operation import ListOperation, Operation, Query, path
from threadkeep.wire.parameters import AttachmentParam, ContentParam, MetadataParam, Optional


def create(
    thread_id: str,
    *,
    role: Literal["user", "assistant"],
    content: ContentParam,
    attachments: Optional[Iterable[AttachmentParam]] = msgspec.UNSET,
    metadata: Optional[MetadataParam] = msgspec.UNSET,
) -> Operation[Message]:
    """POST /threads/{thread_id}/messages."""
    return Operation(
        method="POST",
        path=_all(thread_id),
        result=Message,
        body={"role": role, "content": content, "attachments": attachments, "metadata": metadata},
    )


def list(thread_id: str, query: Query) -> ListOperation[Message]:
    """GET /threads/{thread_id}/messages."""
    return ListOperation(path=_all(thread_id), item=Message, query=query)


def retrieve(thread_id: str, message_id: str) -> Operation[Message]:
    """GET /threads/{thread_id}/messages/{message_id}."""
    return Operation(method="GET", path=_one(thread_id, message_id), result=Message)


def update(
    thread_id: str, message_id: str, *, metadata: Optional[MetadataParam] = msgspec.UNSET
) -> Operation[Message]:
    """POST /threads/{thread_id}/messages/{message_id}."""
    body = {"metadata": metadata}
    return Operation(method="POST", path=_one(thread_id, message_id), result=Message, body=body)


def delete(thread_id: str, message_id: str) -> Operation[MessageDeleted]:
    """DELETE /threads/{thread_id}/messages/{message_id}."""
    return Operation(method="DELETE", path=_one(thread_id, message_id), result=MessageDeleted)


def _all(thread_id: str) -> str:
    return path("/threads/{thread_id}/messages", thread_id=thread_id)


def _one(thread_id: str, message_id: str) -> str:
    return path(
        "/threads/{thread_id}/messages/{message_id}", thread_id=thread_id, message_id=message_id
    )
