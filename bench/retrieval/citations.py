"""How often a citation points to the passage that answers, with scripted models and with a real small one."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from bench.retrieval.answers import Answer, answers
from bench.retrieval.questions import Question
from bench.retrieval.vector_store import serving
from tests.support.scripted_model import Reply, ScriptedModel, call
from threadkeep.inference.catalogue import SMOLLM2_135M, models_folder
from threadkeep.inference.pulling import pull
from threadkeep.settings.environment import environment
from threadkeep.settings.schema import Value

_SAMPLE: Final = 30
"""The real model is asked every thirtieth question: on a processor an answer takes it some ten seconds."""
_PASSAGE: Final = re.compile(r"(【\d+:\d+†([^】]+)】)\n([^【]*)")
_INVENTED: Final = ("【0:99†manual.txt】", "【9:0†manual.txt】", "【7†source】", "【1:2†】")

Passages: TypeAlias = Sequence[tuple[str, str, str]]
"""What a model is told: of each passage its mark, its document and its text."""
Chosen: TypeAlias = Callable[[Question, Passages], list[str]]
"""The marks that an answer to the question has."""


def first(_: Question, passages: Passages) -> list[str]:
    """Cites what was found first, whatever it says."""
    return [mark for mark, *_ in passages[:1]]


def right(question: Question, passages: Passages) -> list[str]:
    """Cites what answers, as a model would that reads well, but makes marks up as well."""
    answering = [
        mark for mark, document, text in passages if question.is_answered_by(document, text)
    ]
    return [*answering[:1], *_INVENTED]


async def show(folder: Path, vector_store_id: str, questions: Sequence[Question]) -> None:
    """Print a row for each model."""
    print(f"\nCitations of answers\n{'':36}{''.join(f'{name:>15}' for name in _HEAD)}")
    for choose in (first, right):
        with ScriptedModel() as model:
            model.answer(_scripted(questions, choose))
            async with serving(folder, upstream=model.base_url) as server:
                given = answers(server.client, vector_store_id, questions)
                await _show_row(f"scripted: {choose.__name__}", given)
    async with serving(folder, **_searching_first(SMOLLM2_135M.name)) as server:
        given = answers(server.client, vector_store_id, questions[::_SAMPLE])
        await _show_row(SMOLLM2_135M.name, given)


def _scripted(questions: Sequence[Question], chosen: Chosen) -> Callable[[dict[str, Any]], Reply]:
    """A model that searches for what it is asked, and answers with the marks that are chosen."""
    by_text = {question.asked: question for question in questions}

    def reply(body: dict[str, Any]) -> Reply:
        said = body["messages"]
        asked: str = next(each["content"] for each in said if each["role"] == "user")
        if said[-1]["role"] == "user":
            return Reply([call("file_search", json.dumps({"queries": [asked]}))], "tool_calls")
        marks = chosen(by_text[asked], _PASSAGE.findall(said[-1]["content"]))
        return Reply(["So it is", *marks, "."])

    return reply


def _searching_first(name: str) -> dict[str, Value]:
    """Settings for a model on this machine, pulled if it is not there, that is given what was found."""
    path = pull(name, models_folder(environment()))
    route: dict[str, Value] = {"pattern": "*", "upstream": "local", "file_search": "first"}
    return {"local": {"model": str(path)}, "routes": [route]}


_HEAD: Final = ("questions", "passage told", "answers citing", "citations", "right", "stray marks")


async def _show_row(name: str, given: AsyncIterable[Answer]) -> None:
    made = [answer async for answer in given]
    cited = [is_right for answer in made for is_right in answer.citations]
    values = (
        len(made),
        _share([answer.was_told for answer in made]),
        _share([bool(answer.citations) for answer in made]),
        len(cited),
        _share(cited),
        sum(answer.stray_marks for answer in made),
    )
    print(f"{name:36}{''.join(f'{value:>15}' for value in values)}", flush=True)


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else "-"
