"""The published schema of the API, as far as it tells what an answer and an event look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs
import msgspec

from threadkeep.server.app import MOUNTS

Json = dict[str, Any]
DONE = "[DONE]"
BYTES = {"/files/{file_id}/content"}
"""What is answered with a file as it is, which may be JSON of any kind."""


@cache
def document() -> Json:
    """The whole description, whether all of it is routed or not."""
    text = resources.files("threadkeep.server").joinpath("openapi.json").read_bytes()
    return msgspec.json.decode(text)


@cache
def templates() -> list[tuple[str, re.Pattern[str]]]:
    """The path templates with what matches them; a fixed path goes before one with an id in its place."""
    found = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"\{\w+\}", "[^/]+", path))) for path in found]


def template_of(path: str) -> str | None:
    """The template of a path, at whichever address it is served, or None if it is none of the API."""
    mount = next((mount for mount in MOUNTS if path.startswith(f"{mount}/")), "")
    relative = path.removeprefix(mount)
    return next((t for t, pattern in templates() if pattern.fullmatch(relative)), None)


def answer_problems(
    method: str, template: str, status: int, content_type: str, body: bytes
) -> list[str]:
    """What does not fit about an answer that is not streamed."""
    if content_type != "application/json" or not body or template in BYTES:
        return []
    if status >= 400:
        return _problems(_schema_named("ErrorResponse"), body)
    content = document()["paths"][template][method.lower()]["responses"]["200"]["content"]
    return _problems(_validator(_key(content["application/json"]["schema"])), body)


def event_problems(name: str, data: bytes) -> list[str]:
    """What does not fit about an event of a stream."""
    if name == "done":
        return [] if data == DONE.encode() else [f"done: {data!r}"]
    schema = _event_schemas().get(name)
    if schema is None:
        return [f"{name} is no event of the API"]
    return [f"{name}: {problem}" for problem in _problems(_validator(schema), data)]


@cache
def _event_schemas() -> dict[str, bytes]:
    """The schema of each event's data, by the name of the event."""
    schemas, found = document()["components"]["schemas"], {}
    waiting = [schemas["NumberedStreamEvent"]]
    while waiting:
        schema = waiting.pop()
        waiting += schema.get("oneOf", ())
        if "$ref" in schema:
            waiting.append(schemas[schema["$ref"].rsplit("/", 1)[1]])
        elif "properties" in schema:
            properties = schema["properties"]
            found[properties["event"]["enum"][0]] = _key(properties["data"])
    return found


def _key(schema: Json) -> bytes:
    return msgspec.json.encode(schema)


@cache
def _validator(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    components = document()["components"]
    return jsonschema_rs.Draft202012Validator(
        {**msgspec.json.decode(schema), "components": components}
    )


def _schema_named(name: str) -> jsonschema_rs.Draft202012Validator:
    return _validator(_key({"$ref": f"#/components/schemas/{name}"}))


def _problems(validator: jsonschema_rs.Draft202012Validator, body: bytes) -> list[str]:
    value = msgspec.json.decode(body)
    wrong = [
        f"{'/'.join(map(str, error.instance_path)) or 'the body'}: {error.message[:300]}"
        for error in validator.iter_errors(value)
    ]
    return wrong + [f"{name} is not described" for name in _unknown_keys(value)]


def _unknown_keys(value: Any) -> Iterator[str]:
    """The keys of objects that say what they are, beyond those that the schema has for them."""
    if isinstance(value, list):
        for item in value:
            yield from _unknown_keys(item)
    if isinstance(value, dict):
        known = _properties().get(value.get("object", ""), value.keys())
        yield from (f"{value['object']}.{key}" for key in value.keys() - known)
        for item in value.values():
            yield from _unknown_keys(item)


@cache
def _properties() -> dict[str, set[str]]:
    """The keys of all objects, by what stands in their `object`."""
    found: dict[str, set[str]] = {}
    for schema in document()["components"]["schemas"].values():
        properties = schema.get("properties", {})
        for name in properties.get("object", {}).get("enum", ()):
            found.setdefault(name, set()).update(properties)
    del found["list"]  # lists differ in their keys and do not say of what they are
    return found
