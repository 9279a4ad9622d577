"""Fixtures for all tests come from `tests/support`; each module there registers its own below."""

from __future__ import annotations

pytest_plugins = [
    "tests.support.scripted_model",
]
