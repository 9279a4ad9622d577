"""Uploads: forms with a file, whose bytes are received before it is known what becomes of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from threadkeep.engine.files import ReceivedFile
from threadkeep.server import wording
from threadkeep.server.call import Call
from threadkeep.server.form import Part
from threadkeep.server.validation import validated
from threadkeep.types.file_request import FileCreate

MAX_FIELDS: Final = 32
_FILE: Final = "file"
_AZURE_AGENTS: Final = "v1"
_WITHIN: Final = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


@asynccontextmanager
async def uploaded(call: Call) -> AsyncGenerator[tuple[ReceivedFile, FileCreate]]:
    """The file in the form and its other fields. If the block fails, the bytes go again.

    Raises `InvalidRequestError` or `RequestTooLargeError`.
    """
    upload = _Upload(call)
    try:
        await upload.read()
        yield upload.checked()
    except Exception:
        await upload.discard()
        raise


class _Upload:
    """A form as far as it has been read; the file may stand before, between or after the fields."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._received: ReceivedFile | None = None
        self._fields: dict[str, str] = {}
        self._nested: defaultdict[str, dict[str, str | int]] = defaultdict(dict)

    async def read(self) -> None:
        """Read all of it."""
        form = self._call.form()
        async for part in form:
            if part.name == _FILE:
                await self._receive(part)
            else:
                self._put(part.name, await part.text())
        await self._call.admit(form)

    def checked(self) -> tuple[ReceivedFile, FileCreate]:
        """The file and the fields, if they are right."""
        if self._received is None:
            raise wording.missing(_FILE)
        return self._received, validated({**self._fields, **self._nested}, FileCreate)

    async def discard(self) -> None:
        """Let go of the file."""
        if self._received is not None:
            await self._call.engine.files.discard(self._received)

    async def _receive(self, part: Part) -> None:
        beside = self._name_beside()
        filename = beside if part.filename is None else part.filename
        if filename is None:
            raise wording.wrong_type(_FILE, "a file", "string")
        if self._received is not None:
            raise wording.repeated(_FILE)
        if filename:  # what a page sends if no file was chosen has none
            files = self._call.engine.files
            self._received = await files.receive(self._call.project, filename, part)

    def _name_beside(self) -> str | None:
        """The file's name, which the SDK of Azure AI Agents sends in a field before it (contract §11)."""
        if self._call.query_value("api-version") != _AZURE_AGENTS:
            return None
        return self._fields.pop("filename", None)

    def _put(self, name: str, text: str) -> None:
        """Keep a field; `a[b]` is the field `b` within `a`."""
        if len(self._fields) + sum(map(len, self._nested.values())) >= MAX_FIELDS:
            raise wording.unknown(name)
        if within := _WITHIN.fullmatch(name):
            is_number = _NUMBER.fullmatch(text)
            self._nested[within[1]][within[2]] = int(text) if is_number else text
        else:
            self._fields[name] = text
