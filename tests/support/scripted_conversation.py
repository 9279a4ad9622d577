"""A scripted model that can hold a conversation with a program it does not know: it answers what was said last.

"How is the weather in Oslo and in Rome?"   calls the weather tool for each city
the tools' outputs                          "In short: rain, sun."
"Wait."                                     begins, and says no more
"Fail."                                     fails as a server does
anything else                               "You said: anything else", word by word
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.scripted_model import SILENCE, Reply, ScriptedModel, call

Body = dict[str, Any]
MARK = re.compile(r"【\d+:\d+†[^】]+】")


def hold_conversation(model: ScriptedModel) -> None:
    """Let `model` answer by what was said last."""
    model.answer(_answer)


def _answer(body: Body) -> Reply:
    said = body["messages"][-1]
    text = text_of(said)
    if said["role"] == "tool":
        return _sum_up(body)
    if cities := re.findall(r"\bin ([A-Z]\w+)", text):
        return _ask_for_weather(body, text, cities)
    if text.startswith("Search for "):
        query = text.removeprefix("Search for ").rstrip(".")
        return Reply([call("file_search", json.dumps({"queries": [query]}))], "tool_calls")
    if text.startswith("Wait"):
        return Reply(["One moment", SILENCE])
    if text.startswith("Fail"):
        return Reply(status=500, body=b'{"error": {"message": "Out of order."}}')
    return Reply(words(f"You said: {text}"))


def _ask_for_weather(body: Body, text: str, cities: list[str]) -> Reply:
    if weather := tool_like(body, "weather"):
        calls = [call(weather, json.dumps({"city": city})) for city in cities]
    else:
        calls = [call(tool_like(body, "send") or "", json.dumps(_passed_on(text)))]
    return Reply([*words("Let me look."), *calls], "tool_calls")


def _passed_on(text: str) -> dict[str, str]:
    """What a framework of several assistants wants to know when one asks another."""
    return {"recipient": "Reporter", "my_primary_instructions": "Ask.", "message": text}


def _sum_up(body: Body) -> Reply:
    outputs: list[str] = []
    for message in reversed(body["messages"]):
        if message["role"] != "tool":
            break
        outputs.insert(0, text_of(message))
    if marks := MARK.findall(outputs[-1]):  # the first is that of the best passage
        return Reply(["It", " is", " found", marks[0], "."])
    return Reply(words(f"In short: {', '.join(outputs)}."))


def tool_like(body: Body, part: str) -> str | None:
    """The name of the tool on offer that has `part` in it: clients differ in how they name tools."""
    names = [tool["function"]["name"] for tool in body.get("tools", ())]
    return next((name for name in names if part in name.lower()), None)


def text_of(message: Body) -> str:
    """What a message says, in whichever form it is sent."""
    content = message["content"] or ""
    return content if isinstance(content, str) else "".join(p.get("text", "") for p in content)


def words(text: str) -> list[str]:
    """The text as a model streams it."""
    return re.findall(r"\s*\S+", text)
