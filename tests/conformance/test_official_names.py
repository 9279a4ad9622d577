"""Whoever knows the official SDK finds everything under its name, with its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import openai
import pytest

import threadkeep

GROUPS = [
    "assistants",
    "threads",
    "threads.messages",
    "threads.runs",
    "threads.runs.steps",
    "files",
    "models",
    "vector_stores",
    "vector_stores.files",
    "vector_stores.file_batches",
]
LEFT_OUT = {
    "models.delete": "it deletes fine-tuned models, which are not of this API",
}
RAW = ("with_raw_response", "with_streaming_response")
OFFICIAL: dict[str, Any] = {"sync": openai.OpenAI, "async": openai.AsyncOpenAI}
OURS: dict[str, Any] = {"sync": threadkeep.Client, "async": threadkeep.AsyncClient}


def group_of(client: Any, path: str) -> Any:
    for name in path.split("."):
        client = getattr(client, name)
    return client


def official_methods(colour: str) -> Iterator[tuple[str, Any]]:
    client = OFFICIAL[colour](api_key="key")
    for group in GROUPS:
        where = client if group.startswith(("files", "models", "vector_stores")) else client.beta
        resource = group_of(where, group)
        for name, method in inspect.getmembers(resource, inspect.ismethod):
            if not name.startswith("_") and name not in RAW:
                yield f"{group}.{name}", method


def arguments_of(method: Any) -> set[str]:
    """The names that a method takes, those of its `**arguments: Unpack[…]` too."""
    names: set[str] = set()
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            [unpacked] = get_type_hints(inspect.unwrap(method))[parameter.name].__args__
            names |= set(unpacked.__annotations__)
        else:
            names.add(parameter.name)
    return names - {"self"}


def positional_of(method: Any) -> list[str]:
    """The names of the arguments that must be given, in the order in which they may be."""
    return [
        parameter.name
        for parameter in inspect.signature(method).parameters.values()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        and parameter.default is inspect.Parameter.empty
    ]


CASES = {
    f"{colour} {path}": (path, method, OURS[colour](api_key="key"))
    for colour in OFFICIAL
    for path, method in official_methods(colour)
    if path not in LEFT_OUT
}


@pytest.mark.parametrize(("path", "official", "client"), CASES.values(), ids=CASES.keys())
def test_a_method_of_the_official_sdk_is_here_with_its_arguments(
    path: str, official: Any, client: Any
):
    ours = group_of(client.beta, path)
    assert arguments_of(official) - arguments_of(ours) == set()
    assert positional_of(ours)[: len(positional_of(official))] == positional_of(official)


def test_what_is_left_out_is_there():
    known = {path for path, _ in official_methods("sync")}
    assert LEFT_OUT.keys() <= known
    assert len(known) > 60


@pytest.mark.parametrize("colour", OFFICIAL)
def test_an_event_handler_has_the_official_callbacks(colour: str):
    name = "AssistantEventHandler" if colour == "sync" else "AsyncAssistantEventHandler"
    official, ours = getattr(openai, name), getattr(threadkeep, name)
    for member in dir(official):
        if not member.startswith("_"):
            assert hasattr(ours, member), member
    for member in (member for member in dir(official) if member.startswith("on_")):
        expected = list(inspect.signature(getattr(official, member)).parameters)
        assert list(inspect.signature(getattr(ours, member)).parameters) == expected


@pytest.mark.parametrize(
    "name",
    [name for name in threadkeep.__all__ if name.endswith("Error") and hasattr(openai, name)],
)
def test_an_error_is_under_the_same_errors_as_the_official_one(name: str):
    def parents(error: Any) -> list[str]:
        return [parent.__name__ for parent in error.__mro__ if parent.__name__.startswith("API")]

    assert parents(getattr(threadkeep, name)) == parents(getattr(openai, name))
