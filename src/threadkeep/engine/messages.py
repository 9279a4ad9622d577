"""Messages: creating and changing them."""

from __future__ import annotations

import msgspec

from threadkeep.engine.changing import change
from threadkeep.engine.references import References
from threadkeep.engine.tool_resources import ToolResourcesKeeper, attachments_of
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types import ids
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.message import (
    Attachment,
    AttachmentInput,
    ContentInput,
    ContentPart,
    Message,
    MessageCreate,
    MessageUpdate,
    TextInput,
    TextPart,
    TextValue,
)


class Messages:
    """The verbs of messages."""

    def __init__(
        self,
        storage: Storage,
        references: References,
        resources: ToolResourcesKeeper,
        clock: Clock,
        source: IdSource,
    ) -> None:
        self._storage = storage
        self._references = references
        self._resources = resources
        self._clock = clock
        self._ids = source

    async def create(self, project: str, thread_id: str, body: MessageCreate) -> Message:
        """A new message at the end of the thread. Raises `MissingError`, `ThreadBusyError`, `InvalidRequestError`."""
        await self._references.check_messages(project, [body])
        if attachments := attachments_of([body]):
            await self._references.check_free(project, thread_id, "message")
            await self._resources.attach(project, thread_id, attachments)
        message = self.new(thread_id, body)
        await self._storage.messages.insert(project, message)
        return message

    async def update(
        self, project: str, thread_id: str, message_id: str, body: MessageUpdate
    ) -> Message:
        """The message with other metadata; null clears it. Raises `MissingError`."""
        messages = self._storage.messages
        return await change(
            lambda: messages.find(project, thread_id, message_id),
            lambda message, revision: messages.update(project, message, revision),
            lambda message: _updated(message, body),
            MissingError("message", message_id),
        )

    def new(self, thread_id: str, body: MessageCreate) -> Message:
        """A message as it will be kept, from what a caller sent. What it names was checked before."""
        now = int(self._clock.now())
        return Message(
            id=self._ids.make(ids.MESSAGE),
            created_at=now,
            completed_at=now,
            thread_id=thread_id,
            role=body.role,
            content=_content(body.content),
            attachments=[_attachment(attachment) for attachment in body.attachments or ()],
            metadata=body.metadata or {},
        )


def _updated(message: Message, body: MessageUpdate) -> Message:
    if body.metadata is msgspec.UNSET:
        return message
    return msgspec.structs.replace(message, metadata=body.metadata or {})


def _content(content: str | list[ContentInput]) -> list[ContentPart]:
    if isinstance(content, str):
        return [_text(content)]
    return [_text(part.text) if isinstance(part, TextInput) else part for part in content]


def _text(text: str) -> TextPart:
    return TextPart(text=TextValue(value=text))


def _attachment(attachment: AttachmentInput) -> Attachment:
    return Attachment(file_id=attachment.file_id, tools=[*attachment.tools])
