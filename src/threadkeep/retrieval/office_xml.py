"""The XML in office documents: archives that are read with limits, since both can be made to explode."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final, Protocol, TypeAlias
from xml.parsers import expat

from threadkeep.retrieval import limits

Attributes: TypeAlias = Mapping[str, str]

_BLOCK: Final = 64 * 1024
_DEEPEST: Final = 500
"""How deep elements may lie in each other: real documents stay far below."""
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    NotImplementedError,  # a compression that there is not
    RuntimeError,  # a password
    ValueError,
)


class Target(Protocol):
    """Is told what is in a part. Names are without their namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        ...

    def end(self, name: str) -> None:
        """An element ends."""
        ...

    def characters(self, data: str) -> None:
        """Text, or some of it."""
        ...


class Parts:
    """The parts of a document by their names, of which no more is unpacked than `limits` allow."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._unpacked = 0
        self.names = archive.namelist()

    def tell(self, name: str, target: Target) -> Iterator[None]:
        """Tell the target what is in a part, a block with each step."""
        feed = _parser(target)
        with self._archive.open(name) as part:
            while block := part.read(_BLOCK):
                self._unpacked += len(block)
                if self._unpacked > limits.MOST_UNPACKED_BYTES:
                    raise limits.too_much()
                feed.Parse(block, False)  # noqa: FBT003 - it takes no keywords
                yield
        feed.Parse(b"", True)  # noqa: FBT003 - it takes no keywords
        yield

    def read(self, name: str, target: Target) -> None:
        """Tell the target all that is in a part; nothing if there is no such part."""
        if name in self.names:
            for _ in self.tell(name, target):
                pass

    def related(self, name: str) -> dict[str, str]:
        """The parts that this one names, by the ids that it calls them by."""
        folder, base = posixpath.split(name)
        relations = _Relations(folder)
        self.read(f"{folder}/_rels/{base}.rels", relations)
        return {key: part for key, part in relations.found.items() if part in self.names}


@contextmanager
def opened(file: IO[bytes]) -> Generator[Parts]:
    """The parts of a document. Raises `UnreadableFileError`, also later for what is damaged within."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield Parts(archive)
    except _DAMAGE as error:
        raise limits.broken() from error


def value(attributes: Attributes, name: str) -> str | None:
    """An attribute that is in a namespace, whichever it is."""
    return next((text for key, text in attributes.items() if key.endswith(f" {name}")), None)


class _Relations:
    """Collects where the ids of a part lead to."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            path = posixpath.join("/", self._folder, attributes.get("Target", ""))
            self.found[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")

    def end(self, name: str) -> None:
        pass

    def characters(self, data: str) -> None:
        pass


def _parser(target: Target) -> expat.XMLParserType:
    """No document type is taken, so there are no entities to expand."""
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise limits.broken()
        target.start(name.rpartition(" ")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        target.end(name.rpartition(" ")[2])

    def refuse(*_: object) -> None:
        raise limits.broken()

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = target.characters
    parser.StartDoctypeDeclHandler = refuse
    return parser
