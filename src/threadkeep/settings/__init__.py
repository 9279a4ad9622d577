"""Everything that can be set, as one frozen tree.

`loading.py` reads it once, from a file, the environment and flags, and knows where each value came
from. The descriptions below are what `docs/reference/settings.md` and `threadkeep settings` show.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from threadkeep.types.run import OnCrash

__all__ = [
    "ApiKeySettings",
    "EmbeddingSettings",
    "EngineSettings",
    "FallbackSettings",
    "FileSearchSettings",
    "FileSearchStyle",
    "LocalModelSettings",
    "MarkStyle",
    "RouteSettings",
    "Settings",
    "ToolCallStyle",
    "UpstreamSettings",
]

ToolCallStyle: TypeAlias = Literal["native", "constrained"]
"""How a chat model is brought to call tools: by its own means, or by JSON that it is held to."""

FileSearchStyle: TypeAlias = Literal["called", "first"]
"""When a run's files are searched: when the chat model calls for it, or before it is asked."""

MarkStyle: TypeAlias = Literal["hosted", "footnotes", "none"]
"""How an answer points to what it cites: by `【0:1†notes.txt】`, by `[1]` and a list at its end, or not in its text."""


Name: TypeAlias = Annotated[str, Meta(min_length=1)]
Count: TypeAlias = Annotated[int, Meta(gt=0)]
Seconds: TypeAlias = Annotated[float, Meta(gt=0)]
HexDigest: TypeAlias = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", title="64 lower-case hex digits")
]


FolderURL: TypeAlias = Annotated[str, Meta(pattern="^file:///.", title="file:/// and a folder")]
BusURL: TypeAlias = Annotated[str, Meta(pattern="^(nats|tls)://.", title="nats:// and a server")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file."""


class ApiKeySettings(_Table, frozen=True):
    """A key that opens a project; written down is only its hash, or the variable that holds it."""

    sha256: Annotated[
        HexDigest | None,
        Meta(description="SHA-256 of the key, in lower-case hex."),
    ] = None
    env: Annotated[
        Name | None,
        Meta(description="Environment variable that holds the key."),
    ] = None
    project: Annotated[Name, Meta(description="The project that the key opens.")] = "default"


class UpstreamSettings(_Table, frozen=True):
    """A server that speaks `/chat/completions`."""

    url: Annotated[
        str,
        Meta(
            pattern="^https?://",
            title="a URL with http:// or https://",
            description="Base URL, such as `http://127.0.0.1:11434/v1`.",
        ),
    ]
    api_key_env: Annotated[
        Name | None,
        Meta(description="Environment variable that holds its API key."),
    ] = None
    headers: Annotated[dict[str, str], Meta(description="Headers to send with each request.")] = {}
    connect_timeout_seconds: Annotated[
        Seconds, Meta(description="How long connecting may take.")
    ] = 5.0
    read_timeout_seconds: Annotated[
        Seconds, Meta(description="How long it may be silent before or within a reply.")
    ] = 300.0
    max_retries: Annotated[
        int, Meta(ge=0, description="How often a request that failed is sent again.")
    ] = 2
    max_retry_wait_seconds: Annotated[
        float, Meta(ge=0, description="The longest `Retry-After` that is waited for.")
    ] = 60.0
    tool_calls: Annotated[
        ToolCallStyle,
        Meta(description="`native`, or `constrained` for small models that cannot call tools."),
    ] = "native"
    file_search: Annotated[
        FileSearchStyle,
        Meta(
            description="Search a run's files when the model has it `called`, or `first`, before it is asked."
        ),
    ] = "called"
    context_tokens: Annotated[
        Count | None, Meta(description="How many tokens a request may have, if that is known.")
    ] = None


class FallbackSettings(_Table, frozen=True):
    """Where a request goes when the upstream before it failed."""

    upstream: Annotated[Name, Meta(description="Name of an upstream.")]
    model: Annotated[Name | None, Meta(description="Model to ask for there; else as before.")] = (
        None
    )


class RouteSettings(_Table, frozen=True):
    """Which upstream a model name goes to. The first route whose pattern matches is taken."""

    pattern: Annotated[
        Name,
        Meta(description="Model name as asked for; `*` and `?` stand for others."),
    ]
    upstream: Annotated[Name, Meta(description="Name of an upstream, or `local`.")]
    model: Annotated[
        Name | None,
        Meta(description="Model to ask for there; else the name as it is."),
    ] = None
    tool_calls: Annotated[
        ToolCallStyle | None, Meta(description="Overrides what the upstream says.")
    ] = None
    file_search: Annotated[
        FileSearchStyle | None, Meta(description="Overrides what the upstream says.")
    ] = None
    fallbacks: Annotated[
        list[FallbackSettings], Meta(description="Where to go next, in this order.")
    ] = []


class LocalModelSettings(_Table, frozen=True):
    """The model that the server runs itself, with the extra `local`."""

    model: Annotated[
        Name | None, Meta(description="A name of `models list`, or a `.gguf` file.")
    ] = None
    threads: Annotated[
        Count | None, Meta(description="Threads to compute with; else all cores but one.")
    ] = None
    context_tokens: Annotated[
        Count, Meta(description="How many tokens a request and its reply may have.")
    ] = 4096


class EmbeddingSettings(_Table, frozen=True):
    """The model that turns texts into vectors, so that files are found by what they mean."""

    upstream: Annotated[
        Name | None,
        Meta(
            description=(
                "Name of an upstream that has the model; `local` for the one of the extra `search`, which is taken"
                " if it is installed; `none` to search by keywords alone."
            )
        ),
    ] = None
    model: Annotated[Name | None, Meta(description="Model to ask for at the upstream.")] = None
    dimensions: Annotated[
        Count | None, Meta(description="How many numbers to ask for; else as the model has it.")
    ] = None
    max_tokens: Annotated[
        Annotated[int, Meta(ge=16)],
        Meta(description="How many tokens of a text the upstream's model reads."),
    ] = 512
    passage_prefix: Annotated[
        str, Meta(description="What the model wants before a text that is to be found.")
    ] = ""
    query_prefix: Annotated[str, Meta(description="What the model wants before a query.")] = ""
    cache_megabytes: Annotated[
        Count, Meta(description="Memory for vectors of an SQLite database that are searched.")
    ] = 1024


class FileSearchSettings(_Table, frozen=True):
    """How files are searched, and what is told of it."""

    rewrite_model: Annotated[
        Name | None,
        Meta(
            description="Chat model that rewrites queries where `rewrite_query` is asked for; else the first listed."
        ),
    ] = None
    marks: Annotated[
        MarkStyle,
        Meta(
            description=(
                "How an answer marks what it cites: `hosted` writes `【0:1†notes.txt】`, `footnotes` writes `[1]`"
                " and a list at the end, `none` leaves marks out."
            )
        ),
    ] = "hosted"


class EngineSettings(_Table, frozen=True):
    """How runs are worked on."""

    lease_seconds: Annotated[
        Seconds, Meta(description="How long a silent worker keeps its runs.")
    ] = 5.0
    sweep_seconds: Annotated[
        Seconds, Meta(description="How often the storage is searched for forgotten runs.")
    ] = 0.5
    concurrency: Annotated[
        Count, Meta(description="How many runs one process works on at once.")
    ] = 1000
    ingestion_concurrency: Annotated[
        Count, Meta(description="How many files of vector stores one process reads at once.")
    ] = 2
    ingestion_max_tokens: Annotated[
        Count, Meta(description="How many tokens a file of a vector store may have.")
    ] = 5_000_000
    run_seconds: Annotated[
        Seconds, Meta(description="How long after its creation a run expires.")
    ] = 600.0
    drain_seconds: Annotated[
        Seconds, Meta(description="How long a server that stops lets its runs go on.")
    ] = 10.0
    on_crash: Annotated[
        OnCrash,
        Meta(description="Whether a run whose worker died goes on (`resume`) or ends (`fail`)."),
    ] = "resume"


class Settings(_Table, frozen=True):
    """All settings of a server."""

    host: Annotated[Name, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    ] = 8400
    metrics_host: Annotated[Name, Meta(description="Address of the metrics port.")] = "127.0.0.1"
    metrics_port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(
            description=(
                "Port of its own for `/metrics` and `/health`, where no key is asked for;"
                " else `/metrics` is on the API's port, as long as no API keys are set."
            ),
        ),
    ] = None
    database: Annotated[
        str,
        Meta(
            pattern="^(sqlite:///.|postgres(ql)?://.)",
            title="sqlite:/// and a file, or postgresql:// and the address of a database",
            description=(
                "Where everything is kept: `sqlite:///FILE` for one process,"
                " `postgresql://USER:PASSWORD@HOST/DATABASE` for any number."
            ),
        ),
    ] = "sqlite:///threadkeep.db"
    auto_migrate: Annotated[
        bool,
        Meta(
            description="Bring the schema of a database up to date at the start; else `migrate` does."
        ),
    ] = True
    patience_seconds: Annotated[
        Seconds,
        Meta(description="How long a database that is out of reach is waited for."),
    ] = 30.0
    files: Annotated[
        FolderURL | None,
        Meta(
            description=(
                "Folder for the bytes of files, which all nodes share;"
                " else a folder beside the SQLite file, or the PostgreSQL database."
            ),
        ),
    ] = None
    bus: Annotated[
        BusURL | None,
        Meta(
            description=(
                "What nodes that share a database tell each other by: `nats://HOST:4222`,"
                " or several, with commas; else nothing leaves the process."
            ),
        ),
    ] = None
    bus_prefix: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_-]+$",
            title="letters, digits, '_' and '-'",
            description="What the subjects of this cluster begin with, if the server has others.",
        ),
    ] = "threadkeep"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much is logged.")
    ] = "info"
    detect_models: Annotated[
        bool, Meta(description="Look for model servers on their usual loopback ports.")
    ] = True
    api_keys: Annotated[
        list[ApiKeySettings], Meta(description="Keys that are let in; with none, every key is.")
    ] = []
    require_beta_header: Annotated[
        bool,
        Meta(description="Refuse assistants and threads to those who send no `OpenAI-Beta`."),
    ] = False
    upstreams: Annotated[
        dict[str, UpstreamSettings], Meta(description="Servers of chat models, by name.")
    ] = {}
    routes: Annotated[
        list[RouteSettings], Meta(description="Which model name goes to which upstream.")
    ] = []
    local: Annotated[
        LocalModelSettings, Meta(description="The model that the server runs itself.")
    ] = LocalModelSettings()
    embedding: Annotated[
        EmbeddingSettings, Meta(description="The model that turns texts into vectors.")
    ] = EmbeddingSettings()
    file_search: Annotated[
        FileSearchSettings, Meta(description="How files are searched, and what is told of it.")
    ] = FileSearchSettings()
    engine: Annotated[EngineSettings, Meta(description="How runs are worked on.")] = (
        EngineSettings()
    )
