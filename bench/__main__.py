"""`python -m bench` measures everything, `python -m bench client` what is named: see `benches` below."""

from __future__ import annotations

import asyncio
import sys
import warnings

from bench import bus, client, cluster, postgres, retrieval, search, server, storage, upstream


def main(names: list[str]) -> int:
    """Run the benches that are named, or all; answer the exit code."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the official SDK's, at each call
    benches = {
        "client": client.bench,
        "storage": lambda: asyncio.run(storage.bench()),
        "postgres": postgres.bench,
        "server": server.bench,
        "upstream": lambda: asyncio.run(upstream.bench()),
        "bus": bus.bench,
        "cluster": cluster.bench,
        "search": search.bench,
        "retrieval": retrieval.bench,
    }
    only_by_name = {
        "search-large": search.bench_large,
        "search-large-postgres": search.bench_large_postgres,
    }
    known = benches | only_by_name
    if unknown := set(names) - known.keys():
        print(f"no bench is called {unknown.pop()}; there are {', '.join(known)}")
        return 2
    for name in names or benches:
        known[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
