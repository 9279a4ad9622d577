"""Whatever the scores are, fusing them keeps to its rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.storage.contract.chunks import Ranking
from threadkeep.storage.fusion import Candidates, best_of, fused

SCORES = st.dictionaries(st.integers(1, 12), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]))
QUERIES = st.lists(st.builds(Candidates, SCORES, SCORES), max_size=3)
WEIGHTS = st.sampled_from([0.0, 0.3, 1.0])
RANKINGS = st.builds(Ranking, embedding_weight=WEIGHTS, text_weight=WEIGHTS, is_fused=st.booleans())
LIMITS = st.integers(0, 15)
THRESHOLDS = st.sampled_from([0.0, 0.25, 1.0])


def reached(queries):
    """The best score of each chunk; meaning goes before words."""
    best = {}
    for each in queries:
        for chunk, score in {**each.by_words, **each.by_meaning}.items():
            best[chunk] = max(score, best.get(chunk, 0.0))
    return best


@given(QUERIES, RANKINGS, LIMITS, THRESHOLDS)
def test_what_is_kept_is_what_reaches_the_threshold_with_its_best_score(
    queries, ranking, limit, min_score
):
    best = fused(queries, ranking, limit=limit, min_score=min_score)

    whole = {chunk: score for chunk, score in reached(queries).items() if score >= min_score}
    assert len(best) == min(limit, len(whole)) == len(dict(best))
    assert dict(best).items() <= whole.items()


@given(QUERIES, RANKINGS, LIMITS, THRESHOLDS)
def test_a_smaller_limit_gives_the_beginning_of_the_same(queries, ranking, limit, min_score):
    everything = fused(queries, ranking, limit=100, min_score=min_score)

    assert fused(queries, ranking, limit=limit, min_score=min_score) == everything[:limit]


@given(QUERIES, RANKINGS)
def test_the_order_of_queries_and_their_repetition_make_no_difference(queries, ranking):
    once = fused(queries, ranking, limit=100, min_score=0.0)

    assert fused([*reversed(queries), *queries], ranking, limit=100, min_score=0.0) == once


@given(QUERIES, st.booleans())
def test_where_nothing_is_fused_the_higher_score_comes_first(queries, has_vectors):
    given = queries if has_vectors else [Candidates(each.by_words, {}) for each in queries]
    ranking = Ranking(is_fused=not has_vectors)

    best = fused(given, ranking, limit=100, min_score=0.0)

    assert best == sorted(reached(given).items(), key=lambda each: (-each[1], each[0]))


@given(SCORES, SCORES)
def test_who_is_ahead_in_both_orders_is_ahead(by_words, by_meaning):
    order = [
        chunk
        for chunk, _ in fused(
            [Candidates(by_words, by_meaning)], Ranking(), limit=100, min_score=0.0
        )
    ]

    both = by_words.keys() & by_meaning.keys()
    for one in both:
        for other in both:
            if by_words[one] > by_words[other] and by_meaning[one] > by_meaning[other]:
                assert order.index(one) < order.index(other)


@given(SCORES, SCORES)
def test_an_order_without_weight_has_no_say(by_words, by_meaning):
    queries = [Candidates(by_words, by_meaning)]
    ranking = Ranking(embedding_weight=1.0, text_weight=0.0)

    best = [chunk for chunk, _ in fused(queries, ranking, limit=100, min_score=0.0)]

    assert [chunk for chunk in best if chunk in by_meaning] == [*best_of(by_meaning, 100)]


@given(SCORES, SCORES, st.sampled_from([0.5, 0.25]), st.sampled_from([0.0, 0.5]))
def test_how_close_the_cosines_of_a_model_lie_together_makes_no_difference(
    by_words, by_meaning, width, least
):
    narrow = {chunk: least + width * score for chunk, score in by_meaning.items()}

    def order(cosines):
        best = fused([Candidates(by_words, cosines)], Ranking(), limit=100, min_score=0.0)
        return [chunk for chunk, _ in best if chunk in by_meaning]

    assert order(narrow) == order(by_meaning)


@given(SCORES, st.integers(0, 5), st.sets(st.integers(1, 12)))
def test_the_best_are_the_highest_of_those_that_are_accepted(scores, count, accepted):
    best = best_of(scores, count, accepted.__contains__)

    others = [score for chunk, score in scores.items() if chunk in accepted and chunk not in best]
    assert len(best) == min(count, len(scores.keys() & accepted))
    assert all(other <= score for other in others for score in best.values())
