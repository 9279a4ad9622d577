"""Token budgets hold for the whole run (contract §5.5)."""

import pytest

from threadkeep.engine.budget import Budget, budget_of, message_tokens
from threadkeep.types.message import Message, TextPart, TextValue
from threadkeep.types.run import Run
from threadkeep.types.usage import Usage


def used(prompt: int, completion: int) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def test_the_example_of_the_guide():
    run = Run(id="run_1", max_prompt_tokens=500, max_completion_tokens=1000)

    assert budget_of(run, used(0, 0), None) == Budget(500, 1000)
    assert budget_of(run, used(200, 300), None) == Budget(300, 700)


@pytest.mark.parametrize(
    ("so_far", "limit"),
    [(used(500, 0), "max_prompt_tokens"), (used(0, 1000), "max_completion_tokens")],
)
def test_a_used_up_limit_is_named(so_far, limit):
    run = Run(id="run_1", max_prompt_tokens=500, max_completion_tokens=1000)

    assert budget_of(run, so_far, None) == limit


def test_the_context_of_the_model_leaves_room_for_the_reply():
    assert budget_of(Run(id="run_1"), used(0, 0), 4096) == Budget(3072, None)


def test_the_smaller_of_both_limits_counts():
    run = Run(id="run_1", max_prompt_tokens=500)

    assert budget_of(run, used(0, 0), 4096) == Budget(500, None)


def test_a_longer_message_costs_more_and_none_is_free():
    costs = [
        message_tokens(Message(id="msg_1", content=[TextPart(text=TextValue(value="ab" * length))]))
        for length in (0, 100, 1000)
    ]

    assert 0 < costs[0] < costs[1] < costs[2]
