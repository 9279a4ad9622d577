"""How long to wait between two looks at something that is not ready yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

DEFAULT_POLL_SECONDS: Final = 1.0
RUN_SETTLED: Final = frozenset(
    {"requires_action", "cancelled", "completed", "failed", "expired", "incomplete"}
)
"""The run statuses that do not change unless the caller does something."""


def poll_delay(poll_interval_ms: int | msgspec.UnsetType, headers: Mapping[str, str]) -> float:
    """Seconds until the next look: as the caller says, else as the server says, else one."""
    if poll_interval_ms is not msgspec.UNSET:
        return poll_interval_ms / 1000
    asked = headers.get("openai-poll-after-ms", "")
    return int(asked) / 1000 if asked.isascii() and asked.isdigit() else DEFAULT_POLL_SECONDS
