"""The page on transports of one's own shows a transport that both clients work with."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.httpx2_transport import AsyncHTTPX2Transport, HTTPX2Transport
from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT
from threadkeep import AsyncClient, Client

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_shows_the_transport_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    page = (ROOT / "docs/howto/own-transport.md").read_text()
    assert '--8<-- "examples/httpx2_transport.py"' in page
    code = page.partition("```python\n")[2].partition("```")[0]
    namespace: dict[str, object] = {}
    exec(code.replace("from httpx2_transport", "from examples.httpx2_transport"), namespace)
    client = namespace["client"]
    assert isinstance(client, Client)
    client.close()


def test_the_client_streams_a_run_through_it(running_server: RunningServer):
    with Client(
        base_url=running_server.base_url, api_key="sk-1", transport=HTTPX2Transport()
    ) as client:
        assistant = client.assistants.create(model="gpt-4o")
        thread = client.threads.create(messages=[{"role": "user", "content": "Hello"}])
        with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            assert "".join(stream.text_deltas) == DEFAULT_TEXT


async def test_the_asynchronous_client_streams_a_run_through_it(running_server: RunningServer):
    async with AsyncClient(
        base_url=running_server.base_url, api_key="sk-1", transport=AsyncHTTPX2Transport()
    ) as client:
        assistant = await client.assistants.create(model="gpt-4o")
        thread = await client.threads.create(messages=[{"role": "user", "content": "Hello"}])
        async with client.threads.runs.stream(thread.id, assistant_id=assistant.id) as stream:
            assert "".join([text async for text in stream.text_deltas]) == DEFAULT_TEXT
