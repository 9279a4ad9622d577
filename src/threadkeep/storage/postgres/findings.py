"""What settings and counters of PostgreSQL mean for whoever relies on it."""

from __future__ import annotations

from typing import Final

from threadkeep.storage import Finding
from threadkeep.storage.postgres.session import Row

_OLDEST_SERVER: Final = 150_000
_CROWDED: Final = 0.8  # of the connections that the server allows

_UPGRADE: Final = "upgrade it: PostgreSQL 15 is the oldest that works"
_FSYNC: Final = (
    "turn on fsync and full_page_writes: a crash of the machine can destroy the database"
)
_SYNCHRONOUS: Final = (
    "turn on synchronous_commit: what was acknowledged can be lost if the server crashes"
)
_CONNECTIONS: Final = "raise max_connections, or put PgBouncer in transaction mode in between"
_STANDBY: Final = "name one in synchronous_standby_names: a fail-over to one that lags loses what was acknowledged"


def server_findings(row: Row) -> list[Finding]:
    """From the columns of `overview/server`."""
    version, number, is_safe_on_disk, is_synchronous, size, connections, limit = row
    durable = "on disk before it is acknowledged"
    return [
        Finding("PostgreSQL", version, _UPGRADE if number < _OLDEST_SERVER else ""),
        Finding(
            "Commits",
            durable if is_safe_on_disk and is_synchronous else "not " + durable,
            _FSYNC if not is_safe_on_disk else "" if is_synchronous else _SYNCHRONOUS,
        ),
        Finding("Space", f"{size / 1e6:,.0f} MB used"),
        Finding(
            "Connections",
            f"{connections} of {limit}",
            _CONNECTIONS if connections > limit * _CROWDED else "",
        ),
    ]


def standby_finding(row: Row) -> Finding:
    """From the columns of `overview/standbys`."""
    count, synchronous, unseen = row
    if count == 0:
        return Finding("Standbys", "none: the records are as safe as one machine")
    result = f"{synchronous} synchronous of {count}"
    if unseen:
        return Finding("Standbys", f"{count}; whether one is synchronous is hidden from this user")
    return Finding("Standbys", result, "" if synchronous else _STANDBY)
