"""The form in which a model is to answer."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from threadkeep.types.unknown import Unknown


class ResponseFormatText(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """Plain text."""

    type: ClassVar[Literal["text"]] = "text"


class ResponseFormatJSONObject(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="json_object"
):
    """Some JSON object."""

    type: ClassVar[Literal["json_object"]] = "json_object"


class JSONSchema(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON schema with the name under which the model sees it."""

    name: str
    description: str | None | msgspec.UnsetType = msgspec.UNSET
    schema: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    strict: bool | None | msgspec.UnsetType = msgspec.UNSET


class ResponseFormatJSONSchema(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="json_schema"
):
    """JSON that follows a schema."""

    type: ClassVar[Literal["json_schema"]] = "json_schema"
    json_schema: JSONSchema


ResponseFormat: TypeAlias = (
    str | ResponseFormatText | ResponseFormatJSONObject | ResponseFormatJSONSchema | Unknown
)
"""`"auto"`, or one of the formats above."""


class JSONSchemaInput(JSONSchema, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON schema as a caller sends it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[a-zA-Z0-9_-]+$")]


class ResponseFormatJSONSchemaInput(
    ResponseFormatJSONSchema, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """JSON that follows a schema, as a caller asks for it."""

    json_schema: JSONSchemaInput


ResponseFormatInput: TypeAlias = (
    Literal["auto"] | ResponseFormatText | ResponseFormatJSONObject | ResponseFormatJSONSchemaInput
)
