"""What a long version measured, as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from tests.chaos.ledger import Ledger
from tests.chaos.script import Script


def report(title: str, ledger: Ledger, script: Script, seconds: float) -> str:
    """The counts of a load."""
    ends = Counter(run.end["status"] for run in ledger.runs if run.end is not None)
    rows = [
        ("seconds", f"{seconds:.0f}"),
        ("threads", str(len(ledger.threads))),
        ("messages acknowledged", str(sum(len(thread.said) for thread in ledger.threads))),
        ("runs", str(len(ledger.runs))),
        *((f"  {status}", str(count)) for status, count in sorted(ends.items())),
        ("events seen", str(ledger.events)),
        ("replies that the model had to repeat", str(script.repeated)),
        ("longest silence of a stream, s", quantiles(ledger.silences)),
        ("cancel to cancelled, s", quantiles(ledger.cancel_seconds)),
    ]
    return table(title, rows)


def table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """Rows under a title."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(["", title, *(f"  {name:<{width}}  {value}" for name, value in rows)])


def quantiles(values: Sequence[float]) -> str:
    """p50, p99 and the largest."""
    if not values:
        return "none"
    ordered = sorted(values)
    p50, p99 = quantile(ordered, 0.5), quantile(ordered, 0.99)
    return f"p50 {p50:.3f}, p99 {p99:.3f}, max {ordered[-1]:.3f} ({len(ordered)} of them)"


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
