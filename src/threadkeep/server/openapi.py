"""GET /openapi.json: `openapi.json` beside this file describes the whole API; here it is cut to what is routed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

import msgspec

from threadkeep.server.endpoint import Handlers
from threadkeep.version import __version__

Document = dict[str, Any]

_SCHEMA_REFERENCE: Final = re.compile(rb'"#/components/schemas/(\w+)"')


def describe(routes: Mapping[str, Handlers], mounts: Sequence[str]) -> bytes:
    """The OpenAPI document of `routes`. Raises KeyError if one of them is described nowhere."""
    whole = resources.files("threadkeep.server").joinpath("openapi.json").read_bytes()
    document: Document = msgspec.json.decode(whole)
    document["info"]["version"] = __version__
    document["servers"] = [{"url": mount} for mount in mounts]
    document["paths"] = _routed(document["paths"], routes)
    components: Document = document["components"]
    components["schemas"] = _used(
        components["schemas"], [document["paths"], components["responses"]]
    )
    return msgspec.json.encode(document)


def _routed(paths: Document, routes: Mapping[str, Handlers]) -> Document:
    routed: Document = {}
    for template, handlers in routes.items():
        path = template.replace(":path}", "}")
        routed[path] = {method.lower(): paths[path][method.lower()] for method in handlers}
    return routed


def _used(schemas: Document, users: list[Any]) -> Document:
    """The schemas that `users` refer to, and those that these refer to."""
    used: set[str] = set()
    while users:
        names = _references(users.pop()) - used
        used |= names
        users += [schemas[name] for name in names]
    return {name: schema for name, schema in schemas.items() if name in used}


def _references(node: object) -> set[str]:
    return {name.decode() for name in _SCHEMA_REFERENCE.findall(msgspec.json.encode(node))}
