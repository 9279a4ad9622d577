"""References: the files and vector stores that a request names have to be there."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadkeep.errors import InvalidRequestError, MissingError
from threadkeep.types.message import ImageFilePart, MessageCreate
from threadkeep.types.tool_resources import ToolResourcesInput

_NO_VECTOR_STORES = "This server does not keep vector stores."


def check_tool_resources(resources: ToolResourcesInput | None | msgspec.UnsetType) -> None:
    """Raises `MissingError` for the first file or vector store that does not exist: this server keeps none yet."""
    if not resources:
        return
    if resources.code_interpreter:
        _refuse("file", resources.code_interpreter.file_ids)
    if resources.file_search:
        _refuse("vector store", resources.file_search.vector_store_ids)
        if resources.file_search.vector_stores:
            param = "tool_resources.file_search.vector_stores"
            raise InvalidRequestError(_NO_VECTOR_STORES, param=param, code="unsupported_value")


def check_message(message: MessageCreate) -> None:
    """Raises `MissingError` for the first file that the message names and that does not exist."""
    _refuse("file", [attachment.file_id for attachment in message.attachments or ()])
    if not isinstance(message.content, str):
        images = [
            part.image_file.file_id for part in message.content if isinstance(part, ImageFilePart)
        ]
        _refuse("file", images)


def _refuse(noun: str, ids: Iterable[str] | msgspec.UnsetType) -> None:
    for unknown in ids or ():
        raise MissingError(noun, unknown)
