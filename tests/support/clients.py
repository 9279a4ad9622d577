"""Both clients, on the canned server; without retries unless a test asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.canned_server import CannedServer
from threadkeep import AsyncClient, Client


@pytest.fixture
def client(canned_server: CannedServer) -> Iterator[Client]:
    with Client(api_key="key", base_url=canned_server.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
async def async_client(canned_server: CannedServer) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(api_key="key", base_url=canned_server.base_url, max_retries=0) as client:
        yield client
