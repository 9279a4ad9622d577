"""The base of every object that the API names by an id, and what an object keeps of the bytes it came from."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, TypeAlias, cast

import msgspec

from threadkeep.types.unknown import unwrapped

_RAW = "_raw"
_REQUEST_ID = "_response_request_id"


class _RawPage(msgspec.Struct):
    data: list[msgspec.Raw]


_raw_pages: Final = msgspec.json.Decoder(_RawPage)


class RawItems:
    """The bytes of each item of a page, told apart when the first of them is wanted: mostly none is."""

    def __init__(self, page: bytes) -> None:
        self._page = page

    def __getitem__(self, index: int) -> msgspec.Raw:
        return self._items[index]

    @cached_property
    def _items(self) -> list[msgspec.Raw]:
        return _raw_pages.decode(self._page).data


RawBytes: TypeAlias = bytes | msgspec.Raw | tuple[RawItems, int]
"""What an object was decoded from: bytes of its own, or those of an item of a page."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An object of the API. Frozen; compared by its fields.

    What a server sent beyond the known fields stays readable through `unknown_fields` and `to_dict()`.
    """

    id: str

    def to_dict(self) -> dict[str, Any]:
        """The whole object as plain data: as it came, if it came over the wire, else from its fields."""
        raw: RawBytes | None = self.__dict__.get(_RAW)
        if isinstance(raw, tuple):
            items, index = raw
            raw = items[index]
        if raw is not None:
            return cast("dict[str, Any]", msgspec.json.decode(raw))
        return cast("dict[str, Any]", unwrapped(msgspec.json.decode(msgspec.json.encode(self))))

    @property
    def unknown_fields(self) -> dict[str, Any]:
        """The fields that the server sent and this version of Threadkeep does not know; `{}` if none."""
        known = {field.encode_name for field in msgspec.structs.fields(self)}
        return {name: value for name, value in self.to_dict().items() if name not in known}

    @property
    def _request_id(self) -> str | None:
        """The `x-request-id` of the response that it came with, to be quoted to who runs the server."""
        return cast("str | None", self.__dict__.get(_REQUEST_ID))


def keep_request_id(value: object, request_id: str | None) -> None:
    """Remember the id of the response that `value` came with; of structs that are no `Resource`, not."""
    if isinstance(value, Resource) and request_id:
        vars(value)[_REQUEST_ID] = request_id


def keep_raw(resource: Resource, raw: RawBytes) -> None:
    """Remember the bytes that `resource` was decoded from."""
    vars(resource)[_RAW] = raw
