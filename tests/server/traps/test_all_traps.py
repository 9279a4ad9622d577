"""Each of the fifty traps of the contract (§13) has a test that bears its number."""

from __future__ import annotations

import re
from pathlib import Path

TRAPS = 50


def test_each_trap_has_its_test():
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    numbers = {int(number) for number in re.findall(r"^def test_trap_(\d\d)_", tests, re.MULTILINE)}
    assert numbers == set(range(1, TRAPS + 1))
