"""The rows of the table: what each is measured by, under its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bench.rows import (
    client,
    cluster_run,
    first_token,
    imports,
    long_thread,
    messages,
    mixed_load,
    page,
    relay,
    saturation,
    start,
    streamed_run,
    watchers,
)
from bench.table import Line

ROWS: Final[Mapping[int, Callable[[], Iterator[Line]]]] = {
    1: client.create,
    2: client.page,
    3: client.stream,
    4: imports.first_call,
    5: messages.create,
    6: page.read,
    7: streamed_run.cpu,
    8: cluster_run.cpu,
    9: first_token.added_times,
    10: relay.steady,
    11: saturation.saturated,
    12: long_thread.against_short,
    13: watchers.many,
    14: mixed_load.hold,
    15: start.cold,
}
