"""The driver, asyncpg, which does not tell its types: what is used of it is typed where it is used."""

from __future__ import annotations

from typing import Any

import asyncpg as _asyncpg  # pyright: ignore[reportMissingTypeStubs]

asyncpg: Any = _asyncpg
