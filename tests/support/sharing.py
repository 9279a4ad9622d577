"""How the tests are shared out when several processes run them (`pytest -n 2`)."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest


def share_of(nodeid: str) -> str:
    """What one process runs from end to end: the tests of a file, which may share what they start; and all faults.

    Faults are timed by leases: two at once would be further apart than what they are meant to meet.
    """
    path = nodeid.partition("::")[0]
    return "tests/chaos" if "chaos" in PurePosixPath(path).parts else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Shares in the order in which they are collected: faults, which wait most, come first, and the shortest last."""
    from xdist.scheduler.loadfile import LoadFileScheduling

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return share_of(nodeid)

    config.option.loadscopereorder = False
    return Sharing(config, log)
