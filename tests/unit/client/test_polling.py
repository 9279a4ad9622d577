"""How long to wait between two looks."""

from __future__ import annotations

import pytest

from threadkeep.client.options import NOT_GIVEN
from threadkeep.client.polling import poll_delay


def test_the_caller_goes_before_the_server_and_the_server_before_the_default():
    asked = {"openai-poll-after-ms": "250"}
    assert poll_delay(40, asked) == 0.04
    assert poll_delay(NOT_GIVEN, asked) == 0.25
    assert poll_delay(NOT_GIVEN, {}) == 1


@pytest.mark.parametrize("asked", ["", "soon", "-5", "1.5", "²"])
def test_a_server_that_asks_for_nonsense_is_not_heard(asked: str):
    assert poll_delay(NOT_GIVEN, {"openai-poll-after-ms": asked}) == 1
