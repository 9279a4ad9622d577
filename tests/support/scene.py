"""A scene: a server on which something is already the case, each made when a test first asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pytest

from tests.support.conversation import (
    WEATHER,
    finish,
    new_assistant,
    new_run,
    new_thread,
    path_of,
    reach,
)
from tests.support.http import Answer
from tests.support.running_server import RunningServer
from tests.support.scripted_model import DROP, Gate, ScriptedModel
from tests.support.uploads import upload
from threadkeep.bus.in_process import InProcessBus
from threadkeep.types.clock import SystemClock

DAY = 24 * 60 * 60


class Scene:
    """Calls of one server, whose worker does one run at a time, and the ids of what there is on it."""

    def __init__(
        self, server: RunningServer, model: ScriptedModel, patch: pytest.MonkeyPatch
    ) -> None:
        self.server = server
        self.http = server.http
        self.model = model
        self.patch = patch

    def later(self, seconds: float) -> None:
        """Let so much time pass for everybody."""
        now = SystemClock.now
        self.patch.setattr(SystemClock, "now", lambda clock: now(clock) + seconds)

    @cached_property
    def assistant(self) -> str:
        return new_assistant(self.http, tools=[WEATHER])

    @cached_property
    def thread(self) -> str:
        return new_thread(self.http, "Hello")

    @cached_property
    def file(self) -> str:
        return upload(self.http, b"Some words.")["id"]

    @cached_property
    def store(self) -> str:
        expiry = {"anchor": "last_active_at", "days": 1}
        return self.http.ok("POST", "/vector_stores", {"expires_after": expiry})["id"]

    @cached_property
    def queued(self) -> dict[str, Any]:
        """A run that no worker has, because another one takes all its time."""
        _ = self.in_progress
        return new_run(self.http, new_thread(self.http, "Me too"), self.assistant)

    @cached_property
    def in_progress(self) -> dict[str, Any]:
        """A run whose model says nothing for now."""
        gate = Gate()
        self.model.reply("Hi", gate)
        run = self._run
        gate.wait_reached()
        return run

    @cached_property
    def waiting(self) -> dict[str, Any]:
        """A run that waits for the outputs of two calls."""
        self.model.call_functions(("get_weather", "{}"), ("get_weather", "{}"))
        return reach(self.http, self._run, "requires_action")

    @cached_property
    def completed(self) -> dict[str, Any]:
        return finish(self.http, self._run)

    @cached_property
    def failed(self) -> dict[str, Any]:
        self.model.reply(DROP)
        return finish(self.http, self._run)

    @cached_property
    def incomplete(self) -> dict[str, Any]:
        self.model.reply("Hi", finish_reason="length")
        return finish(self.http, self._run)

    @cached_property
    def cancelling(self) -> dict[str, Any]:
        """A run whose worker has not heard of it yet."""
        run, publish = self.in_progress, InProcessBus.publish

        def lose(bus: InProcessBus, subject: str, payload: bytes) -> None:
            if not subject.startswith("ctl."):
                publish(bus, subject, payload)

        self.patch.setattr(InProcessBus, "publish", lose)
        return self.http.ok("POST", f"{path_of(run)}/cancel")

    @cached_property
    def cancelled(self) -> dict[str, Any]:
        run = self.waiting
        self.http.ok("POST", f"{path_of(run)}/cancel")
        return finish(self.http, run)

    @cached_property
    def expired(self) -> dict[str, Any]:
        run = self.waiting
        self.later(601)
        return finish(self.http, run)

    @property
    def calls(self) -> list[str]:
        """The ids of the calls that `waiting` waits for."""
        action = self.waiting["required_action"]
        return [call["id"] for call in action["submit_tool_outputs"]["tool_calls"]]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A call; `{thread}` in the path stands for the thread, and so on."""
        names = {"thread": self.thread} if "{thread}" in path else {}
        names |= {"store": self.store} if "{store}" in path else {}
        return self.http.send(method, path.format(**names), body, **headers)

    @property
    def _run(self) -> dict[str, Any]:
        return new_run(self.http, self.thread, self.assistant)
