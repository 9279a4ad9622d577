"""The id of a worker says where it is, and is a word on every bus."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.engine.worker import new_worker_id


def test_it_names_the_node():
    assert re.fullmatch(r"worker_web-3-4711_[0-9a-f]{16}", new_worker_id("web.3-4711"))
    assert re.fullmatch(r"worker_[0-9a-f]{16}", new_worker_id(""))


@given(st.text())
def test_whatever_a_machine_is_called(node: str):
    found = {new_worker_id(node), new_worker_id(node)}
    assert len(found) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", each) for each in found)
