"""As much of JSON Schema as the description of the API uses, to hold answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class Schemas:
    """The schemas of an OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._paths = document["paths"]

    def check_answer(self, method: str, path: str, body: Any) -> None:
        """Assert that `body` is what the operation answers with 200."""
        content = self._paths[path][method.lower()]["responses"]["200"]["content"]
        self.check(content["application/json"]["schema"], body)

    def check_object(self, name: str, body: Any) -> None:
        """Assert that `body` is a `name`."""
        self.check({"$ref": f"#/components/schemas/{name}"}, body)

    def check_keys(self, name: str, body: dict[str, Any]) -> None:
        """Assert that `body` has the keys of a `name` and no others."""
        assert body.keys() == self._schemas[name]["properties"].keys()

    def check(self, schema: dict[str, Any], value: Any) -> None:
        """Assert that `value` fits `schema`."""
        problems = list(self.problems(schema, value, "$"))
        assert not problems, problems

    def problems(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        """What does not fit, with its place."""
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        if not has_type(value, schema.get("type")):
            yield f"{path} is {value!r}, not {schema['type']}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{path} is {value!r}, not one of {schema['enum']}"
        else:
            yield from self._combination_problems(schema, value, path)
            yield from self._bound_problems(schema, value, path)
            yield from self._inner_problems(schema, value, path)

    def _combination_problems(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        for part in schema.get("allOf", ()):
            yield from self.problems(part, value, path)
        for word in ("anyOf", "oneOf"):
            tried = [list(self.problems(part, value, path)) for part in schema.get(word, ())]
            if tried and all(tried):
                yield f"{path} is {value!r} and fits none of {word}: {tried}"

    def _bound_problems(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        if value is None:
            return
        if "minimum" in schema and value < schema["minimum"]:
            yield f"{path} is below {schema['minimum']}"
        if "maximum" in schema and value > schema["maximum"]:
            yield f"{path} is above {schema['maximum']}"
        longest = schema.get("maxLength", schema.get("maxItems"))
        if longest is not None and len(value) > longest:
            yield f"{path} is longer than {longest}"

    def _inner_problems(self, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.problems(schema.get("items", {}), item, f"{path}[{index}]")
        if isinstance(value, dict):
            for name in schema.get("required", ()):
                if name not in value:
                    yield f"{path}.{name} is missing"
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    yield from self.problems(inner, value[name], f"{path}.{name}")


def has_type(value: Any, types: str | list[str] | None) -> bool:
    """Whether `value` is of one of `types`; a boolean is no number."""
    if types is None:
        return True
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)
