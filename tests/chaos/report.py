"""What a long version measured, as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from tests.chaos.ledger import Ledger


def report(title: str, ledger: Ledger, seconds: float, happened: Counter[str]) -> str:
    """What was done, what was seen, and how long clients waited."""
    ends = Counter(run.end["status"] for run in ledger.runs if run.end is not None)
    transcripts = [run.transcript for run in ledger.runs]
    rows = [
        *((name.replace("_", " "), f"{times} times") for name, times in sorted(happened.items())),
        ("time", f"{seconds:.0f} s"),
        ("threads, messages, runs", _counts(ledger)),
        *((f"  {status}", str(count)) for status, count in sorted(ends.items())),
        ("events seen, streams resumed", f"{ledger.events}, {ledger.resumed}"),
        ("recovery", quantiles([s for each in transcripts for s in each.recoveries])),
        ("gap", quantiles([each.longest_silence for each in transcripts])),
        ("cancel", quantiles(ledger.cancel_seconds)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"\n{title}", *(f"  {name:<{width}}  {value}" for name, value in rows)])


def quantiles(seconds: Sequence[float]) -> str:
    """p50, p99 and the longest."""
    if not seconds:
        return "none seen"
    ordered = sorted(seconds)
    p50, p99 = _quantile(ordered, 0.5), _quantile(ordered, 0.99)
    return f"p50 {p50:.3f} s, p99 {p99:.3f} s, longest {ordered[-1]:.3f} s, of {len(ordered)}"


def _counts(ledger: Ledger) -> str:
    said = sum(len(thread.said) for thread in ledger.threads)
    return f"{len(ledger.threads)}, {said}, {len(ledger.runs)}"


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
