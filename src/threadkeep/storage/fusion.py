"""From how near chunks are to queries, by words and by meaning, to one order of chunks. Pure.

The two scores of a chunk are added up. How much of a query's words it holds goes from 0 to 1 as it is. Cosines do not:
how close they lie together depends on the model. So they are spread, and of the nearest chunks the first counts 1 and
the last 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import nlargest, nsmallest
from typing import Final

import msgspec

from threadkeep.storage.contract.chunks import Ranking

DEPTH: Final = 200
"""So many chunks of each order are looked at: what is further down adds next to nothing."""


class Candidates(msgspec.Struct, frozen=True):
    """Chunks that may answer one query, and their scores by words and by meaning (each 0 to 1).

    By meaning there are the nearest of all, and those that hold its words. Who has no vectors has no score there.
    """

    by_words: Mapping[int, float]
    by_meaning: Mapping[int, float]


def fused(
    queries: Sequence[Candidates], ranking: Ranking, *, limit: int, min_score: float
) -> list[tuple[int, float]]:
    """The best chunks with their scores, the best first: at most `limit`, none below `min_score`.

    Among equals the one with the lower number comes first. Where nothing has a meaning, the score decides alone.
    """
    scores: dict[int, float] = {}
    merits: dict[int, float] = {}
    is_fused = ranking.is_fused and any(each.by_meaning for each in queries)
    for candidates in queries:
        reached = {**candidates.by_words, **candidates.by_meaning}
        kept = {chunk for chunk, score in reached.items() if score >= min_score}
        _raise_to(scores, {chunk: reached[chunk] for chunk in kept})
        if is_fused:
            _raise_to(merits, _merits(candidates, kept, ranking))
    best = nsmallest(
        limit, scores, key=lambda chunk: (-merits.get(chunk, 0.0), -scores[chunk], chunk)
    )
    return [(chunk, scores[chunk]) for chunk in best]


def best_of(
    scores: Mapping[int, float], count: int, is_accepted: Callable[[int], bool] | None = None
) -> dict[int, float]:
    """Of the chunks that are accepted at most `count` with the highest scores, the best first."""
    accepted = scores
    if is_accepted is not None:
        accepted = {chunk: score for chunk, score in scores.items() if is_accepted(chunk)}
    if 0 < count < len(accepted):  # most are sorted out by their scores alone, which is quick
        least = nlargest(count, accepted.values())[-1]
        accepted = {chunk: score for chunk, score in accepted.items() if score >= least}
    best = nsmallest(count, accepted, key=lambda chunk: (-accepted[chunk], chunk))
    return {chunk: accepted[chunk] for chunk in best}


def _merits(candidates: Candidates, kept: set[int], ranking: Ranking) -> dict[int, float]:
    by_words, by_meaning = candidates.by_words, _spread(candidates.by_meaning)
    return {
        chunk: ranking.text_weight * by_words.get(chunk, 0.0)
        + ranking.embedding_weight * by_meaning.get(chunk, 0.0)
        for chunk in kept
    }


def _spread(scores: Mapping[int, float]) -> dict[int, float]:
    """The scores from 0, for the last of the nearest, to 1, for the first; all 1 if there is nothing between."""
    nearest = nlargest(DEPTH, scores.values())
    if not nearest or nearest[0] == nearest[-1]:
        return dict.fromkeys(scores, 1.0)
    least, width = nearest[-1], nearest[0] - nearest[-1]
    return {chunk: max(0.0, (score - least) / width) for chunk, score in scores.items()}


def _raise_to(best: dict[int, float], others: Mapping[int, float]) -> None:
    for chunk, value in others.items():
        if value > best.get(chunk, -1.0):
            best[chunk] = value
