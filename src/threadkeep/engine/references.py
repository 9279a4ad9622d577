"""References: what a request names has to be there, and of the right kind: files, vector stores, models."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from threadkeep.engine import images, lifecycle
from threadkeep.errors import (
    InvalidRequestError,
    MissingError,
    ThreadBusyError,
    UnsupportedModelError,
)
from threadkeep.inference import ChatModel
from threadkeep.retrieval import file_types
from threadkeep.storage import Storage
from threadkeep.types import image_format
from threadkeep.types.codec import decode
from threadkeep.types.file import File
from threadkeep.types.message import ImageFilePart, MessageCreate
from threadkeep.types.page import PageQuery
from threadkeep.types.run import Run
from threadkeep.types.tool_resources_request import NewFileSearchResourcesInput, ToolResourcesInput

logger = logging.getLogger(__name__)

_NEWEST: Final = PageQuery(limit=1)


class References:
    """Looks up what requests name. All of it is checked before anything is changed."""

    def __init__(self, storage: Storage, chat_model: ChatModel) -> None:
        self._storage = storage
        self._chat_model = chat_model

    def check_model(self, model: str) -> None:
        """Raises `UnsupportedModelError` if it is certain that nobody would reply to this name."""
        if not self._chat_model.takes(model):
            logger.warning("no route leads from the model %r, which a request named", model)
            raise UnsupportedModelError(model)

    async def files(self, project: str, file_ids: Iterable[str]) -> list[File]:
        """These files. Raises `MissingError` for the first that is not there."""
        files: list[File] = []
        for file_id in dict.fromkeys(file_ids):
            found = await self._storage.files.find(project, file_id)
            if found is None:
                raise MissingError("file", file_id)
            files.append(found.value)
        return files

    async def check_searchable(self, project: str, file_ids: Iterable[str]) -> None:
        """Raises `MissingError`, or `InvalidRequestError` if one of these files can never be searched."""
        files = await self.files(project, file_ids)
        message = file_types.unsupported(file.filename for file in files)
        if message is not None:
            raise InvalidRequestError(message, param="file_ids", code="unsupported_file")

    async def check_tool_resources(
        self, project: str, resources: ToolResourcesInput | None | msgspec.UnsetType
    ) -> None:
        """Raises `MissingError` or `InvalidRequestError` for what tools cannot use."""
        if not resources:
            return
        if resources.code_interpreter:
            await self.files(project, resources.code_interpreter.file_ids or ())
        if resources.file_search:
            for vector_store_id in resources.file_search.vector_store_ids or ():
                if await self._storage.vector_stores.find(project, vector_store_id) is None:
                    raise MissingError("vector store", vector_store_id)
        if isinstance(resources.file_search, NewFileSearchResourcesInput):
            for helper in resources.file_search.vector_stores or ():
                await self.check_searchable(project, helper.file_ids or ())

    async def check_messages(self, project: str, messages: Sequence[MessageCreate]) -> None:
        """Raises `MissingError` or `InvalidRequestError` for what messages cannot hold."""
        for message in messages:
            if message.attachments:
                await self.files(project, [each.file_id for each in message.attachments])
                await self.check_searchable(project, attached([message], "file_search"))
            for image in await self.files(project, _image_files(message)):
                _check_image(image)

    async def check_free(
        self, project: str, thread_id: str, wanted: Literal["message", "run"]
    ) -> None:
        """Raises `ThreadBusyError` if a run is active. For what changes more than the thread, and does so first."""
        page = await self._storage.runs.page(project, thread_id, _NEWEST)
        for raw in page.items:
            run = decode(raw, Run)
            if run.status in lifecycle.ACTIVE:
                raise ThreadBusyError(thread_id, run.id, wanted)


def attached(messages: Iterable[MessageCreate], tool: str) -> list[str]:
    """The files that are attached to these messages for a tool."""
    ids = {
        attachment.file_id: None
        for message in messages
        for attachment in message.attachments or ()
        if any(each.type == tool for each in attachment.tools)
    }
    return [*ids]


def _image_files(message: MessageCreate) -> list[str]:
    if isinstance(message.content, str):
        return []
    return [part.image_file.file_id for part in message.content if isinstance(part, ImageFilePart)]


def _check_image(file: File) -> None:
    extension = file_types.extension(file.filename)
    if extension not in image_format.EXTENSIONS:
        message = (
            "Invalid message content: Expected file type to be a supported format: "
            f"{', '.join(image_format.EXTENSIONS)} but got {extension or 'none'}."
        )
        raise InvalidRequestError(message)
    if file.bytes > images.MAX_BYTES:
        message = (
            "Invalid message content: Expected an image of at most "
            f"{images.MAX_BYTES} bytes but got {file.bytes} bytes."
        )
        raise InvalidRequestError(message)
