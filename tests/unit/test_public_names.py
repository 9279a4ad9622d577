"""The names that are meant for others."""

from __future__ import annotations

import subprocess
import sys

import pytest

import threadkeep


def test_they_are_sorted_and_each_is_there():
    assert sorted(threadkeep.__all__, key=_rank) == threadkeep.__all__
    assert dir(threadkeep) == sorted(threadkeep.__all__)
    for name in threadkeep.__all__:
        assert getattr(threadkeep, name) is not None


def test_no_other_name_is_there():
    with pytest.raises(AttributeError, match="has no attribute 'Klient'"):
        threadkeep.Klient  # pyright: ignore  # noqa: B018


def test_importing_the_package_imports_no_dependency():
    code = "import sys, threadkeep; print([m for m in ('msgspec', 'pyreqwest', 'asyncio') if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def test_a_blocking_client_loads_no_event_loop_and_nothing_else_that_is_large():
    code = (
        "import sys; before = {*sys.modules}; import threadkeep; threadkeep.Client(api_key='any').threads;"
        "large = {'asyncio', 'ssl', 'logging', 'concurrent.futures', 'email', 'hmac', 'subprocess'};"
        "print(large & (sys.modules.keys() - before))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "set()"


def _rank(name: str) -> tuple[int, str]:
    """As ruff sorts `__all__`: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
