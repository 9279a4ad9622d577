"""Messages: the entries of a thread, with their content parts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types import image_format
from threadkeep.types.metadata import Metadata
from threadkeep.types.page import PageQuery
from threadkeep.types.resource import Resource
from threadkeep.types.unknown import Unknown

Text = Annotated[str, msgspec.Meta(max_length=256_000)]
Detail = Literal["auto", "low", "high"]


class FileCitation(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a mark in the text points to, and what was found in it.

    `quote` is the sentence that answers the search best, `page` the one on which most of what was found stands, and
    `score`, 0 to 1, how well that answers.
    """

    file_id: str
    quote: str | msgspec.UnsetType = msgspec.UNSET
    page: int | msgspec.UnsetType = msgspec.UNSET
    score: float | msgspec.UnsetType = msgspec.UNSET


class FileCitationAnnotation(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_citation"
):
    """A citation: `value[start_index:end_index] == text`, counted in code points."""

    type: ClassVar[Literal["file_citation"]] = "file_citation"
    text: str = ""
    start_index: int = 0
    end_index: int = 0
    file_citation: FileCitation


class FilePath(msgspec.Struct, frozen=True, kw_only=True):
    """The file that a path in the text stands for."""

    file_id: str


class FilePathAnnotation(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_path"
):
    """A link to a generated file: `value[start_index:end_index] == text`, in code points."""

    type: ClassVar[Literal["file_path"]] = "file_path"
    text: str = ""
    start_index: int = 0
    end_index: int = 0
    file_path: FilePath


Annotation: TypeAlias = FileCitationAnnotation | FilePathAnnotation | Unknown


class TextValue(msgspec.Struct, frozen=True, kw_only=True):
    """Text and the annotations on it."""

    value: str = ""
    annotations: list[Annotation] = []


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """A content part of text."""

    type: ClassVar[Literal["text"]] = "text"
    text: TextValue


class RefusalPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="refusal"):
    """A content part in which the model declines."""

    type: ClassVar[Literal["refusal"]] = "refusal"
    refusal: str


class ImageFile(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded image."""

    file_id: str
    detail: str = "auto"


class ImageFilePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image_file"):
    """A content part that is an uploaded image."""

    type: ClassVar[Literal["image_file"]] = "image_file"
    image_file: ImageFile


class ImageURL(msgspec.Struct, frozen=True, kw_only=True):
    """An image on the web."""

    url: str
    detail: str = "auto"


class ImageURLPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image_url"):
    """A content part that is an image on the web."""

    type: ClassVar[Literal["image_url"]] = "image_url"
    image_url: ImageURL


ContentPart: TypeAlias = TextPart | RefusalPart | ImageFilePart | ImageURLPart | Unknown


class AttachmentTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that is to see an attachment."""

    type: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file on a message, and the tools that are to see it."""

    file_id: str
    tools: list[AttachmentTool] = []


class MessageIncompleteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message was not finished, such as `max_tokens`, `run_cancelled`, `run_expired` or `run_failed`."""

    reason: str


class Message(Resource, frozen=True, kw_only=True):
    """One entry of a thread. `status` is `in_progress`, `incomplete` or `completed`."""

    object: str = "thread.message"
    created_at: int = 0
    assistant_id: str | None = None
    thread_id: str = ""
    run_id: str | None = None
    status: str = "completed"
    incomplete_details: MessageIncompleteDetails | None = None
    incomplete_at: int | None = None
    completed_at: int | None = None
    role: str = "user"
    content: list[ContentPart] = []
    attachments: list[Attachment] = []
    metadata: dict[str, str] = {}


class MessageDeleted(Resource, frozen=True, kw_only=True):
    """The answer to deleting a message."""

    object: str = "thread.message.deleted"
    deleted: bool = True


class TextInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="text",
    forbid_unknown_fields=True,
):
    """Text as a caller sends it: a plain string."""

    type: ClassVar[Literal["text"]] = "text"
    text: Text


class ImageFileInput(ImageFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An uploaded image, as a caller names it."""

    detail: Detail = "auto"


class ImageFilePartInput(ImageFilePart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An uploaded image as content part, as a caller sends it."""

    image_file: ImageFileInput


class ImageURLInput(ImageURL, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An image on the web, or a data URL that holds the image itself, as a caller gives it."""

    detail: Detail = "auto"

    def __post_init__(self) -> None:
        image_format.check_url("url", self.url)


class ImageURLPartInput(ImageURLPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An image on the web as content part, as a caller sends it."""

    image_url: ImageURLInput


ContentInput: TypeAlias = TextInput | ImageFilePartInput | ImageURLPartInput


class AttachmentToolInput(AttachmentTool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool that is to see an attachment, as a caller names it."""

    type: Literal["code_interpreter", "file_search"]


class AttachmentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file to go with a message; the tools must be named."""

    file_id: str
    tools: list[AttachmentToolInput]


class MessageCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /threads/{id}/messages, and an element of `messages`."""

    role: Literal["user", "assistant"]
    content: Text | Annotated[list[ContentInput], msgspec.Meta(min_length=1)]
    attachments: list[AttachmentInput] | None | msgspec.UnsetType = msgspec.UNSET
    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET


class MessagePageQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of messages; with `run_id`, of those that one run made."""

    run_id: str | None = None


class MessageUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /threads/{id}/messages/{id}."""

    metadata: Metadata | None | msgspec.UnsetType = msgspec.UNSET
