"""How often a citation points to the passage that answers, with scripted models and with a real small one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.retrieval.answers import Answer, answers
from bench.retrieval.questions import Question
from bench.retrieval.vector_store import serving
from tests.support.scripted_model import Reply, ScriptedModel, call
from threadkeep.inference.catalogue import SMOLLM2_135M, models_folder
from threadkeep.inference.pulling import pull
from threadkeep.settings.environment import environment
from threadkeep.settings.schema import Value

_SAMPLE: Final = 20
"""The real model is asked every twentieth question: on a processor an answer takes it some ten seconds."""
_MARK: Final = re.compile(r"【\d+:\d+†[^】]+】")
_INVENTED: Final = ("【0:99†manual.txt】", "【9:0†manual.txt】", "【7†source】", "【1:2†】")

Choice = Callable[[dict[str, Any]], Reply]


def citing(*, invented: Sequence[str] = ()) -> Choice:
    """A model that searches for what it is asked, cites the first passage, and makes these marks up."""

    def choose(body: dict[str, Any]) -> Reply:
        said: str = body["messages"][-1]["content"]
        if body["messages"][-1]["role"] == "user":
            return Reply([call("file_search", json.dumps({"queries": [said]}))], "tool_calls")
        first = _MARK.findall(said)[:1]
        return Reply([f"So it is{mark}." for mark in (*first, *invented)])

    return choose


async def show(folder: Path, vector_store_id: str, questions: Sequence[Question]) -> None:
    """Print a row for each model."""
    print(f"\nCitations of answers\n{'':34}{''.join(f'{name:>16}' for name in _HEAD)}")
    for name, invented in {"cites the first": (), "also makes marks up": _INVENTED}.items():
        with ScriptedModel() as model:
            model.answer(citing(invented=invented))
            async with serving(folder, upstream=model.base_url) as server:
                asked = answers(server.client, vector_store_id, questions)
                _show_row(f"scripted, {name}", [answer async for answer in asked])
    async with serving(folder, **_searching_first(SMOLLM2_135M.name)) as server:
        asked = answers(server.client, vector_store_id, questions[::_SAMPLE])
        _show_row(SMOLLM2_135M.name, [answer async for answer in asked])


def _searching_first(name: str) -> dict[str, Value]:
    """Settings for a model on this machine, pulled if it is not there, that is given what was found."""
    path = pull(name, models_folder(environment()))
    route: dict[str, Value] = {"pattern": "*", "upstream": "local", "file_search": "first"}
    return {"local": {"model": str(path)}, "routes": [route]}


_HEAD: Final = ("questions", "passage told", "with citation", "citations", "right", "stray marks")


def _show_row(name: str, given: Sequence[Answer]) -> None:
    right = [is_right for answer in given for is_right in answer.citations]
    told = sum(answer.was_told for answer in given) / len(given)
    citing_answers = sum(bool(answer.citations) for answer in given) / len(given)
    share = f"{sum(right) / len(right):.3f}" if right else "-"
    stray = sum(answer.stray_marks for answer in given)
    values = (len(given), f"{told:.3f}", f"{citing_answers:.3f}", len(right), share, stray)
    print(f"{name:34}{''.join(f'{value:>16}' for value in values)}", flush=True)
