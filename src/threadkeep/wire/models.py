"""The calls on models."""

from __future__ import annotations

from threadkeep.types.model import Model
from threadkeep.wire.operation import ListOperation, Operation, path


def list() -> ListOperation[Model]:
    """GET /models: all of them at once."""
    return ListOperation(path="/models", item=Model, is_paged=False)


def retrieve(model: str) -> Operation[Model]:
    """GET /models/{model}."""
    return Operation(method="GET", path=path("/models/{model}", model=model), result=Model)
