"""`python -m bench` prints the table; `python -m bench 10 storage` what is named: rows by number, the rest by name.

The rest looks closer at one part, in tables of its own: see `PARTS` below.
"""

from __future__ import annotations

import argparse
import asyncio
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from bench import bus, cluster, postgres, retrieval, search, storage, upstream
from bench.rows import ROWS, mixed_load
from bench.streams import TooBusyError
from bench.table import Line, head, text_of, verdicts

PARTS: Final[dict[str, Callable[[], None]]] = {
    "storage": lambda: asyncio.run(storage.bench()),
    "postgres": postgres.bench,
    "upstream": lambda: asyncio.run(upstream.bench()),
    "bus": bus.bench,
    "cluster": cluster.bench,
    "search": search.bench,
    "search-large": search.bench_large,
    "search-large-postgres": search.bench_large_postgres,
    "retrieval": retrieval.bench,
}


def main() -> None:
    """Measure what is named, or all rows."""
    known = [*map(str, ROWS), *PARTS]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("what", nargs="*", help=f"the table, or some of {', '.join(known)}")
    parser.add_argument("--minutes", type=float, default=3.0, help="of mixed load, row 14  [3]")
    flags = parser.parse_args()
    if unknown := [name for name in flags.what if name not in known]:
        parser.error(f"nothing is called {unknown[0]}; there are {', '.join(known)}")
    warnings.simplefilter("ignore", DeprecationWarning)  # the official SDK's, at each call
    rows = [int(name) for name in flags.what if name not in PARTS] if flags.what else [*ROWS]
    if rows:
        print_rows(rows, flags.minutes)
    for name in flags.what:
        if name in PARTS:
            PARTS[name]()


def print_rows(numbers: Sequence[int], minutes: float) -> None:
    """Print the table line by line, as it is measured."""
    rows = {**ROWS, 14: partial(mixed_load.hold, minutes)}
    lines: list[Line] = []
    print(head())
    for number in numbers:
        try:
            for line in rows[number]():
                lines.append(line)
                print(text_of(number, line), flush=True)
        except TooBusyError as error:
            print(f"Row {number} was not measured: {error}.")
    met = [*verdicts(lines)]
    print(f"\n{sum(met)} of {len(met)} goals are met.")


if __name__ == "__main__":
    main()
