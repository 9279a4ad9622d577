"""Chat models over the network, without waiting for it."""

from __future__ import annotations

import pytest

from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.settings import UpstreamSettings
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport


@pytest.fixture
async def transport():
    """A transport over the network."""
    transport = AsyncPyreqwestTransport()
    yield transport
    await transport.aclose()


@pytest.fixture
def waits():
    """The pauses that chat models made before they tried again, in seconds; none took time."""
    return []


@pytest.fixture
def connected(transport, waits):
    """Make a chat model that speaks to a scripted one."""

    async def pause(seconds):
        waits.append(seconds)

    def connect(scripted_model, name="scripted", *, api_key=None, **settings):
        settings = UpstreamSettings(url=scripted_model.base_url, **settings)
        return OpenAICompatibleModel(name, settings, transport, api_key=api_key, pause=pause)

    return connect


@pytest.fixture
def chat_model(scripted_model, connected):
    """The scripted model as a chat model."""
    return connected(scripted_model)
