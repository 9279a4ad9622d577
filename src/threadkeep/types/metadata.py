"""The caller's own key-value pairs on an object."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

Metadata: TypeAlias = Annotated[
    dict[
        Annotated[str, msgspec.Meta(max_length=64)],
        Annotated[str, msgspec.Meta(max_length=512)],
    ],
    msgspec.Meta(max_length=16),
]
"""At most 16 pairs of strings, keys up to 64 and values up to 512 characters (contract §5.10)."""
