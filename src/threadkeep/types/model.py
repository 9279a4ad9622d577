"""Models: the names that an assistant may use."""

from __future__ import annotations

from threadkeep.types.resource import Resource


class Model(Resource, frozen=True, kw_only=True):
    """A model by its name."""

    object: str = "model"
    created: int = 0
    owned_by: str = ""
