"""What servers answer to `GET /models`. Each says in its own way how many tokens a model takes. Pure."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from threadkeep.inference.completion_chunk import MalformedReplyError
from threadkeep.types.model import Model


class ListedModel(msgspec.Struct, frozen=True):
    """A model, and how many tokens a request to it may have, if the server says so."""

    model: Model
    context_tokens: int | None


def listed_models(body: bytes) -> list[ListedModel]:
    """The models of a listing; entries without an id are none. Raises `MalformedReplyError`."""
    try:
        entries = msgspec.json.decode(body, type=_Listing).data or []
    except msgspec.DecodeError as error:
        raise MalformedReplyError("what it lists are no models") from error
    return [ListedModel(_model(e), _context_tokens(e)) for e in entries if e.get("id")]


_Entry = dict[str, Any]


class _Listing(msgspec.Struct):
    data: list[_Entry] | None = None


def _model(entry: _Entry) -> Model:
    created, owner = entry.get("created"), entry.get("owned_by")
    return Model(
        id=str(entry["id"]),
        created=created if isinstance(created, int) else 0,
        owned_by=owner if isinstance(owner, str) else "",
    )


def _context_tokens(entry: _Entry) -> int | None:
    meta = entry.get("meta")
    said = (
        entry.get("max_model_len"),  # vLLM
        entry.get("context_length"),  # OpenRouter, Together
        entry.get("context_window"),  # Groq
        entry.get("max_context_length"),  # Mistral
        cast("_Entry", meta).get("n_ctx") if isinstance(meta, dict) else None,  # llama.cpp
    )
    return next((size for size in said if isinstance(size, int) and size > 0), None)
