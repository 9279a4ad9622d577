# Generated from src/threadkeep/client/_async/models.py by scripts/unasync.py. Edit that file, then run `make format`.
"""Models."""

from __future__ import annotations

from typing import Unpack

from threadkeep.client._sync.sender import Sender
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import Page
from threadkeep.types.model import Model
from threadkeep.wire import models


class Models:
    """The models that an assistant may name."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def list(self, **options: Unpack[RequestOptions]) -> Page[Model]:
        """Give all models."""
        return self._sender.list(models.list(), options)

    def retrieve(self, model: str, **options: Unpack[RequestOptions]) -> Model:
        """Give the model."""
        return self._sender.send(models.retrieve(model), options)
