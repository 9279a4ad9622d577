"""How a model that knows no tools decides for one: what it is told, the JSON it is held to, what that means. Pure.

{"tool": "get_weather", "arguments": {"city": "Oslo"}}      a call
{"tool": "answer"}                                          it answers itself, in the next request, as plain text
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import msgspec

from threadkeep.inference import ChatMessage, ChatRequest, FunctionDefinition
from threadkeep.inference.tool_history import in_plain_text
from threadkeep.types.response_format import JSONSchema, ResponseFormatJSONSchema
from threadkeep.types.tool import NamedToolChoice

DECISION_TOKENS: Final = 1024
"""A small model that has lost its way writes the same word until it is stopped."""

_ANSWER: Final = "answer"
_ANY_OBJECT: Final[dict[str, Any]] = {"type": "object"}


class Offer(msgspec.Struct, frozen=True):
    """What a model may decide for."""

    functions: Sequence[FunctionDefinition]
    may_answer: bool

    @property
    def answer(self) -> str:
        """The word for answering itself: one that no function bears."""
        names = {function.name for function in self.functions}
        return next(word for word in _words() if word not in names)


class Call(msgspec.Struct, frozen=True):
    """The decision for a function."""

    name: str
    arguments: str


def offer_of(request: ChatRequest) -> Offer:
    """What the request lets the model decide for.

    On its own, a model calls each function once for a question: small ones would never stop.
    """
    functions = [tool.function for tool in request.tools]
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        name = choice.function.name if choice.function else None
        return Offer([f for f in functions if f.name == name], may_answer=False)
    if choice == "required":
        return Offer(functions, may_answer=False)
    called = _called_for_the_question(request.messages)
    offered = [f for f in functions if f.name not in called] if choice == "auto" else []
    return Offer(offered, may_answer=True)


def decision_request(request: ChatRequest, offer: Offer, *, is_loose: bool = False) -> ChatRequest:
    """The request that makes the model decide. A loose one takes any arguments."""
    limit = request.max_completion_tokens
    schema = _schema(offer, is_loose=is_loose)
    return msgspec.structs.replace(
        request,
        messages=_with_protocol(in_plain_text(request.messages), offer),
        tools=[],
        tool_choice="auto",
        response_format=ResponseFormatJSONSchema(
            json_schema=JSONSchema(name="decision", schema=schema, strict=True)
        ),
        max_completion_tokens=DECISION_TOKENS if limit is None else min(limit, DECISION_TOKENS),
        temperature=0.0,
        top_p=None,
    )


def answer_request(request: ChatRequest) -> ChatRequest:
    """The request that lets the model answer as it likes."""
    key = request.idempotency_key
    return msgspec.structs.replace(
        request,
        messages=in_plain_text(request.messages),
        tools=[],
        tool_choice="auto",
        idempotency_key=f"{key}-answer" if key else None,
    )


def decided(text: str, offer: Offer) -> Call | None:
    """The call that the model decided for; None if it wants to answer, or wrote no decision."""
    try:
        decision = msgspec.json.decode(_object_in(text), type=_Decision)
    except msgspec.DecodeError:
        return None
    if decision.tool not in {function.name for function in offer.functions}:
        return None
    return Call(decision.tool, msgspec.json.encode(decision.arguments).decode())


class _Decision(msgspec.Struct):
    tool: str
    arguments: dict[str, Any] = {}


def _words() -> Iterator[str]:
    word = _ANSWER
    while True:
        yield word
        word += "_"


def _called_for_the_question(messages: Sequence[ChatMessage]) -> set[str]:
    """The functions that were called since the user spoke last."""
    called: set[str] = set()
    for message in reversed(messages):
        if message.role == "user":
            break
        called |= {call.function.name for call in message.tool_calls or ()}
    return called


def _object_in(text: str) -> str:
    """The JSON object among what may stand around it where the server holds the model to nothing."""
    return text[text.find("{") : text.rfind("}") + 1]


def _with_protocol(messages: list[ChatMessage], offer: Offer) -> list[ChatMessage]:
    """The messages with what the model has to know, in the system message if there is one."""
    protocol = _protocol(offer)
    first = messages[0] if messages else None
    if first is not None and first.role == "system" and isinstance(first.content, str):
        told = msgspec.structs.replace(first, content=f"{first.content}\n\n{protocol}")
        return [told, *messages[1:]]
    return [ChatMessage(role="system", content=protocol), *messages]


def _protocol(offer: Offer) -> str:
    names = offer.functions
    what = "this function" if len(names) == 1 else "one of these functions"
    lines = [f"You can call {what}:", *map(_described, names)]
    example = f'{{"tool": "{names[0].name}", "arguments": {{...}}}}'
    reply = f"Reply with JSON: {example} to call a function"
    if offer.may_answer:
        reply += f', or {{"tool": "{offer.answer}"}} to answer yourself'
    return "\n".join([*lines, reply + "."])


def _described(function: FunctionDefinition) -> str:
    description = f": {function.description}" if function.description else ""
    parameters = cast("dict[str, Any]", (function.parameters or {}).get("properties") or {})
    fields = ", ".join(f'"{name}": {_kind(schema)}' for name, schema in parameters.items())
    return f"- {function.name}{description} Parameters: {{{fields}}}"


def _kind(schema: object) -> str:
    """A parameter in few words, since every token costs a small model time and attention."""
    if not isinstance(schema, dict):
        return "any"
    fields = cast("dict[str, Any]", schema)
    if "enum" in fields:
        return " | ".join(_json(value) for value in fields["enum"])
    kind = fields.get("type")
    words = kind if isinstance(kind, str) and kind not in ("object", "array") else _json(fields)
    description = fields.get("description")
    return f"{words} ({description})" if description and words == kind else words


def _schema(offer: Offer, *, is_loose: bool) -> dict[str, Any]:
    options = [
        _call_schema(function, f"#/anyOf/{index}/properties/arguments", is_loose=is_loose)
        for index, function in enumerate(offer.functions)
    ]
    if offer.may_answer:
        options.append(_closed({"tool": {"const": offer.answer}}))
    return {"anyOf": options}


def _call_schema(function: FunctionDefinition, place: str, *, is_loose: bool) -> dict[str, Any]:
    parameters = _ANY_OBJECT if is_loose else (function.parameters or _ANY_OBJECT)
    tool = {"const": function.name}
    return _closed({"tool": tool, "arguments": _moved(parameters, place)})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _moved(schema: object, place: str) -> object:
    """The schema with its references to itself leading to where it stands now."""
    if isinstance(schema, list):
        return [_moved(item, place) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    fields = cast("dict[str, Any]", schema)
    moved = {name: _moved(value, place) for name, value in fields.items()}
    reference = fields.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        moved["$ref"] = place + reference[1:]
    return moved


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
