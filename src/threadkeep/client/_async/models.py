"""Models."""

from __future__ import annotations

from typing import Unpack

from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import AsyncPager
from threadkeep.types.model import Model
from threadkeep.wire import models


class AsyncModels:
    """The models that an assistant may name."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(self, **options: Unpack[RequestOptions]) -> AsyncPager[Model]:
        """Give all models."""
        return self._sender.list(models.list(), options)

    async def retrieve(self, model: str, **options: Unpack[RequestOptions]) -> Model:
        """Give the model."""
        return await self._sender.send(models.retrieve(model), options)
