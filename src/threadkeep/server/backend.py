"""What stands behind the routes."""

from __future__ import annotations

import msgspec

from threadkeep.engine.engine import Engine
from threadkeep.inference import ChatModel
from threadkeep.server.auth import Authenticator
from threadkeep.storage import Storage


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """Reads go straight to `storage`; whatever changes something goes through `engine`."""

    storage: Storage
    engine: Engine
    chat_model: ChatModel
    authenticator: Authenticator
    require_beta_header: bool = False
    """Whether assistants and threads are only for those who send `OpenAI-Beta`, as with the hosted service."""
