"""An error of the API: how to get it on a scene, and the exact answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.support.conversation import path_of
from tests.support.http import Answer
from tests.support.scene import Scene

Ask: TypeAlias = Callable[[Scene], Answer]


@dataclass(frozen=True)
class Row:
    """One error. The message may name what there is on the scene, as in `{scene.thread}`."""

    name: str
    ask: Ask
    status: int
    message: str
    param: str | None = None
    code: str | None = None
    type: str = "invalid_request_error"

    def message_on(self, scene: Scene) -> str:
        """The message, letter for letter."""
        return self.message.format(scene=scene)


def get(path: str, **headers: str) -> Ask:
    return lambda scene: scene.ask("GET", path, **headers)


def post(path: str, body: Any = None, **headers: str) -> Ask:
    return lambda scene: scene.ask("POST", path, body, **headers)


def on_run(state: str, action: str, body: Any = None) -> Ask:
    """An action on the run of the scene that is in this state."""
    return lambda scene: scene.http.post(f"{path_of(getattr(scene, state))}{action}", body)
