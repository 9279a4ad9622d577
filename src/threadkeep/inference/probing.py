"""Asks servers for the models that they have, with little patience."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from threadkeep.errors import APIConnectionError, APITimeoutError
from threadkeep.inference.completion_chunk import MalformedReplyError
from threadkeep.inference.model_listing import listed_models
from threadkeep.transport import AsyncTransport, Request, Timeout


class UsualServer(msgspec.Struct, frozen=True):
    """A kind of model server, and where it listens when nobody said otherwise."""

    upstream: str
    title: str
    port: int

    @property
    def url(self) -> str:
        """Its base URL on this machine."""
        return f"http://127.0.0.1:{self.port}/v1"


USUAL_SERVERS: Final = (
    UsualServer("ollama", "Ollama", 11434),
    UsualServer("llama.cpp", "llama.cpp", 8080),
    UsualServer("vllm", "vLLM", 8000),
    UsualServer("lm-studio", "LM Studio", 1234),
)
"""In the order in which they are preferred."""

_NO_CHAT_MODELS: Final = ("embed", "rerank", "whisper", "tts")


class Listing(msgspec.Struct, frozen=True):
    """The chat models that a server has, or why it is not known to have any."""

    models: tuple[str, ...] = ()
    problem: str = ""


async def listing_of(
    transport: AsyncTransport, url: str, headers: dict[str, str], seconds: float
) -> Listing:
    """What the server at `url` lists within `seconds`."""
    timeout = Timeout(connect=seconds, read=None, total=seconds)
    request = Request("GET", f"{url.rstrip('/')}/models", headers, timeout=timeout)
    try:
        async with asyncio.timeout(seconds):
            response = await transport.send(request)
    except (TimeoutError, APITimeoutError):
        return Listing(problem=f"no answer within {seconds:g} s")
    except APIConnectionError:
        return Listing(problem="nothing listens there")
    if response.status in (401, 403):
        return Listing(problem=f"it wants an API key ({response.status})")
    if response.status != 200:
        return Listing(problem=f"it lists no models ({response.status})")
    return _read(response.body)


def _read(body: bytes) -> Listing:
    try:
        names = tuple(listed.model.id for listed in listed_models(body))
    except MalformedReplyError:
        return Listing(problem="it is no model server")
    chat_models = tuple(filter(is_chat_model, names))
    return Listing(chat_models, "" if chat_models else "it has no chat model yet")


def is_chat_model(name: str) -> bool:
    """Whether nothing in its name says that it is for something else."""
    return not any(mark in name.lower() for mark in _NO_CHAT_MODELS)
