"""What `doctor` finds out: everything that decides whether a run will be answered here."""

from __future__ import annotations

import os
import platform
from contextlib import AsyncExitStack
from importlib.metadata import PackageNotFoundError, version

import msgspec

from threadkeep.errors import EmbeddingError, SettingsError, StorageBusyError, StorageError
from threadkeep.inference.discovery import Discovery, Finding, FoundUpstream, discover
from threadkeep.inference.embedding_opening import is_none, open_embedding_model, why_none
from threadkeep.inference.probing import listing_of
from threadkeep.inference.routing import THREE_WAYS
from threadkeep.places import database_file, is_shared, opened_storage
from threadkeep.settings import Settings
from threadkeep.settings.display import without_login
from threadkeep.settings.environment import unknown_variables
from threadkeep.settings.loading import EffectiveSettings
from threadkeep.storage import Storage
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport
from threadkeep.types.embedding import EmbeddingSpace
from threadkeep.version import __version__

EXTRAS = {
    "server": "uvicorn",
    "local": "xllamacpp",
    "postgres": "asyncpg",
    "nats": "nats-py",
    "docs": "pypdfium2",
    "search": "onnxruntime",
    "otel": "opentelemetry-api",
}
"""A package of each extra that nothing else brings."""

NO_CODE_INTERPRETER = (
    "there is no code interpreter: runs go on without it, and fail if they must use it"
)

PATIENCE_SECONDS = 5.0
_OTHERS_NOTED = 10


class Upstream(msgspec.Struct, frozen=True):
    """A server of chat models, and what it said when it was asked."""

    name: str
    url: str
    answer: str
    is_reachable: bool


class Destination(msgspec.Struct, frozen=True):
    """What model names of a pattern go to."""

    pattern: str
    upstream: str


class Diagnosis(msgspec.Struct, kw_only=True):
    """All of it. Without problems, runs can be expected to be answered."""

    threadkeep: str
    python: str
    system: str
    extras: dict[str, str | None]
    settings_file: str | None
    storage: str = ""
    embedding_model: str = ""
    chat_models: list[Finding] = []
    upstreams: list[Upstream] = []
    model_names: list[Destination] = []
    notes: list[str] = []
    problems: list[str] = []


async def diagnose(effective: EffectiveSettings) -> Diagnosis:
    """Look at everything, as `serve` would find it."""
    diagnosis = Diagnosis(
        threadkeep=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        extras={name: installed_version(package) for name, package in EXTRAS.items()},
        settings_file=str(effective.file) if effective.file else None,
        notes=[
            NO_CODE_INTERPRETER,
            *(f"no setting has the variable {odd}" for odd in unknown_variables(effective.environ)),
        ],
    )
    space = await look_at_models(effective, diagnosis)
    await look_at_storage(effective.settings, space, diagnosis)
    return diagnosis


def installed_version(package: str) -> str | None:
    """A package with its version, None if it is not there."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None


async def look_at_vector_stores(
    storage: Storage, space: EmbeddingSpace | None, diagnosis: Diagnosis
) -> None:
    """Note which of them another embedding model has embedded."""
    others = await storage.overview.embedded_otherwise(space, _OTHERS_NOTED)
    diagnosis.notes += [
        f"vector store {store} was embedded by {other.model}, not by this embedding model, and is searched by"
        f" keywords alone until `threadkeep vector-stores reindex {store}`"
        for store, other in others.items()
    ]


async def look_at_storage(
    settings: Settings, space: EmbeddingSpace | None, diagnosis: Diagnosis
) -> None:
    """Open the storage if there is one; make none."""
    file = database_file(settings)
    if file is not None and not file.exists():
        if os.access(file.absolute().parent, os.W_OK):
            diagnosis.storage = f"{file}, made when the server starts"
        else:
            diagnosis.storage = f"{file}, which cannot be made"
            diagnosis.problems.append(f"the folder {file.absolute().parent} cannot be written to")
        return
    name = str(file or without_login(settings.database))
    try:
        async with AsyncExitStack() as stack:
            storage = await opened_storage(settings_to_look(settings), stack)
            await storage.check()
            diagnosis.storage = f"{storage.label}, can be read and written"
            await look_at_vector_stores(storage, space, diagnosis)
    except StorageBusyError:
        diagnosis.storage = f"{name}, in use by another process, which may be a server"
    except StorageError as error:
        diagnosis.storage = f"{name}, which cannot be used"
        diagnosis.problems.append(str(error))


def settings_to_look(settings: Settings) -> Settings:
    """The settings for somebody who only looks: with little patience, and no hand on what others share."""
    return msgspec.structs.replace(
        settings,
        patience_seconds=min(PATIENCE_SECONDS, settings.patience_seconds),
        auto_migrate=settings.auto_migrate and not is_shared(settings),
    )


async def look_at_models(
    effective: EffectiveSettings, diagnosis: Diagnosis
) -> EmbeddingSpace | None:
    """Find chat models and the embedding model, and ask each server of them what it has."""
    try:
        discovery = await discover(effective.settings, effective.environ)
    except SettingsError as error:
        diagnosis.problems.append(str(error))
        return None
    await look_at_chat_models(discovery, diagnosis)
    return await look_at_embedding_model(effective.settings, discovery, diagnosis)


async def look_at_embedding_model(
    settings: Settings, discovery: Discovery, diagnosis: Diagnosis
) -> EmbeddingSpace | None:
    """Let the embedding model embed something; its space."""
    if is_none(settings.embedding):
        diagnosis.embedding_model = "none, files are searched by keywords alone"
        diagnosis.notes.append(why_none(settings.embedding))
        return None
    try:
        async with open_embedding_model(settings.embedding, discovery) as model:
            assert model is not None
            diagnosis.embedding_model = model.name
            await model.embed(["doctor"], "query")
            space = await model.space()
    except (SettingsError, EmbeddingError) as error:
        diagnosis.problems.append(f"the embedding model: {error}")
        return None
    diagnosis.embedding_model += f", {space.dimensions} dimensions"
    return space


async def look_at_chat_models(discovery: Discovery, diagnosis: Diagnosis) -> None:
    """Ask each server of chat models what it has."""
    diagnosis.chat_models = list(discovery.findings)
    diagnosis.model_names = [Destination(*each) for each in discovery.destinations()]
    diagnosis.upstreams = await asked_upstreams(discovery)
    diagnosis.problems += [
        f"the upstream {each.name} at {each.url}: {each.answer}"
        for each in diagnosis.upstreams
        if not each.is_reachable
    ]
    if not discovery.routes:
        diagnosis.problems.append(f"there is no chat model, so runs will fail. {THREE_WAYS}")


async def asked_upstreams(discovery: Discovery) -> list[Upstream]:
    """What each server of chat models answers."""
    transport = AsyncPyreqwestTransport()
    try:
        return [await asked(name, found, transport) for name, found in discovery.upstreams.items()]
    finally:
        await transport.aclose()


async def asked(name: str, found: FoundUpstream, transport: AsyncPyreqwestTransport) -> Upstream:
    """What one server of chat models answers."""
    headers = dict(found.settings.headers)
    if found.api_key is not None:
        headers["authorization"] = f"Bearer {found.api_key.reveal()}"
    listing = await listing_of(transport, found.settings.url, headers, PATIENCE_SECONDS)
    answer = "lists " + ", ".join(listing.models) if listing.models else listing.problem
    return Upstream(name, without_login(found.settings.url), answer, bool(listing.models))
