"""A stream that the server cannot go on with ends in an `error` event that every official SDK raises."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client_environments import OWN
from tests.support.client_runs import Client, node_client, output_of, python_client
from tests.support.running_server import RunningServer

pytestmark = pytest.mark.timeout(600)  # an environment may have to be made first

PYTHON = [
    python_client(f"openai-python-{n}", "", "openai_broken_stream.py", environment)
    for n, environment in [(1, "openai-python-1"), (2, "openai-python-2"), (3, OWN)]
]
NODE = [node_client(f"openai-node-{n}", "", "openai_node_broken_stream.mjs") for n in (4, 5, 6, 7)]


@pytest.mark.parametrize("client", [*PYTHON, *NODE], ids=str)
def test_it_is_raised(
    client: Client, running_server: RunningServer, monkeypatch: pytest.MonkeyPatch
):
    from threadkeep.engine.follower import Follower

    async def follow(*_: object, **__: object):
        yield []
        raise RuntimeError

    monkeypatch.setattr(Follower, "follow", follow)
    saw: dict[str, Any] = output_of([*client.start(), running_server.url])["saw"]
    for raised, text in (saw["handler"], saw["events"]):
        assert raised == "APIError"
        assert "The server had an error processing your request" in text
    assert saw["callbacks"] == [1, 1]  # it is told to the handler too, which hears the end as well
