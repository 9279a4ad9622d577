"""The description of the API is that of what is routed: nothing more, nothing less."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.http import Http
from tests.support.running_server import RunningServer
from threadkeep.version import __version__


@pytest.fixture
def document(shared_server: RunningServer) -> dict[str, Any]:
    return Http(shared_server.url, key=None).ok("GET", "/openapi.json")


def operations(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, item in document["paths"].items() for method in item]


def test_it_names_this_version_and_its_addresses(document: dict[str, Any]):
    assert document["openapi"].startswith("3.1")
    assert (document["info"]["title"], document["info"]["version"]) == ("Threadkeep", __version__)
    assert [server["url"] for server in document["servers"]] == ["/v1", "/openai/v1", "/openai"]


def test_what_it_describes_is_served(document: dict[str, Any], shared_http: Http):
    for method, path in operations(document):
        answer = shared_http.send(method, path.replace("{", "").replace("}", ""))
        if answer.status >= 400:
            assert not answer.error["message"].startswith("Invalid URL"), path
            assert not answer.error["message"].startswith("Invalid method"), path


def test_what_is_served_is_described(document: dict[str, Any], shared_http: Http):
    for path, item in document["paths"].items():
        options = shared_http.send("OPTIONS", path)
        allowed = set(options.headers["allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert allowed == {method.upper() for method in item}
    assert len(operations(document)) == 51
    assert ("DELETE", "/threads/{thread_id}/runs/{run_id}") in operations(document)
    assert ("GET", "/threads/{thread_id}/runs/{run_id}/events") in operations(document)


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]):
    used = set(references(document))
    components = document["components"]
    assert used == {
        *(f"#/components/schemas/{name}" for name in components["schemas"]),
        *(f"#/components/responses/{name}" for name in components["responses"]),
    }


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [found for item in node.values() for found in references(item)]
