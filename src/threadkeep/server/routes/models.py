"""/models."""

from __future__ import annotations

from typing import Final

import msgspec

from threadkeep.errors import MissingError
from threadkeep.server.call import Call
from threadkeep.server.endpoint import Handlers
from threadkeep.types.codec import encode
from threadkeep.types.model import Model


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All models; this list alone has no pages."""

    object: str = "list"
    data: list[Model]


async def list_(call: Call) -> bytes:
    """The models that assistants and runs may name."""
    return encode(ModelList(data=await call.backend.chat_model.models()))


async def retrieve(call: Call) -> bytes:
    """A model."""
    name = call.ids["model"]
    for model in await call.backend.chat_model.models():
        if model.id == name:
            return encode(model)
    raise MissingError("model", name)


ROUTES: Final[dict[str, Handlers]] = {
    "/models": {"GET": list_},
    "/models/{model:path}": {"GET": retrieve},
}
