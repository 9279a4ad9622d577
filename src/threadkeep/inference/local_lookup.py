"""The file of the local model: the one that the settings name, else one that was pulled."""

from __future__ import annotations

from pathlib import Path

from threadkeep.errors import SettingsError
from threadkeep.inference.catalogue import CATALOGUE, installed
from threadkeep.inference.local import LocalModel, can_run_models
from threadkeep.settings import LocalModelSettings


def find_local(settings: LocalModelSettings, folder: Path) -> LocalModel | None:
    """The model to run, if there is one. Raises `SettingsError` if the settings name one that cannot be run."""
    found = _pulled(folder) if settings.model is None else _named(settings.model, folder)
    if found is None:
        return None
    name, path = found
    return LocalModel(
        name=name, path=path, threads=settings.threads, context_tokens=settings.context_tokens
    )


def why_none(folder: Path) -> str:
    """Why there is no local model, where the settings name none."""
    if not can_run_models():
        return "the extra `local` is not installed"
    return f"no model is pulled into {folder}"


def _pulled(folder: Path) -> tuple[str, Path] | None:
    models = installed(folder) if can_run_models() else []
    return (models[0].name, models[0].path(folder)) if models else None


def _named(name: str, folder: Path) -> tuple[str, Path]:
    """The name and file of a model of the catalogue, or of any `.gguf` file."""
    if not can_run_models():
        raise SettingsError("local.model needs the extra `local`: pip install 'threadkeep[local]'")
    if name in CATALOGUE:
        if not CATALOGUE[name].is_installed(folder):
            raise SettingsError(f"local.model: run `threadkeep models pull {name}` first")
        return name, CATALOGUE[name].path(folder)
    path = Path(name).expanduser()
    if not path.is_file():
        known = ", ".join(CATALOGUE)
        raise SettingsError(f"local.model: {name!r} is neither a file nor one of {known}")
    return path.stem, path.absolute()
