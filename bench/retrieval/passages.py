"""How well passages are found: by words alone, by meaning alone, and by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bench.retrieval.figures import Places, figure, found_within, gained, reciprocal
from bench.retrieval.questions import Question
from bench.retrieval.vector_store import Server
from threadkeep.inference.embedding_opening import open_embedding_model
from threadkeep.retrieval.searching import Searcher
from threadkeep.storage import BOTH_ORDERS, Ranking

DEPTH: Final = 20
_PROJECT: Final = "default"
_WAYS: Final = {
    "words": Ranking(embedding_weight=0),
    "meaning": Ranking(text_weight=0),
    "both": BOTH_ORDERS,
}
"""Two of them can be asked for in a run alone: `hybrid_search` of its `file_search`."""


async def all_places(
    server: Server, vector_store_id: str, questions: Sequence[Question]
) -> dict[str, Places]:
    """For each way of searching where it found the right passages."""
    parts, settings = server.application.parts, server.application.settings
    async with open_embedding_model(settings.embedding, parts.discovery) as model:
        searcher = Searcher(parts.storage, model)
        return {
            way: [
                await _place(searcher, vector_store_id, question, ranking) for question in questions
            ]
            for way, ranking in _WAYS.items()
        }


async def _place(
    searcher: Searcher, vector_store_id: str, question: Question, ranking: Ranking
) -> int | None:
    hits = await searcher.search(
        _PROJECT, [vector_store_id], [question.asked], limit=DEPTH, ranking=ranking
    )
    for place, hit in enumerate(hits, start=1):
        if question.is_answered_by(hit.filename, hit.text):
            return place
    return None


def show(title: str, places: Mapping[str, Places]) -> None:
    """Print a table, and by how much both together beat each alone."""
    head = ("recall@1", "recall@5", f"recall@{DEPTH}", f"MRR@{DEPTH}")
    print(f"\n{title}\n{'':12}{''.join(f'{name:>18}' for name in head)}")
    for way, found in places.items():
        values = [found_within(found, most) for most in (1, 5, DEPTH)] + [reciprocal(found)]
        print(f"{way:12}{''.join(f'{figure(each)!s:>18}' for each in values)}")
    for way in ("words", "meaning"):
        gain = gained(found_within(places["both"], 5), found_within(places[way], 5))
        print(f"both beat {way} in recall@5 by {gain}")
