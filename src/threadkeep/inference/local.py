"""The model that the server runs itself: on the CPU, in a process of its own, started when it is first needed."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import IO, Final

import msgspec

from threadkeep.errors import ChatModelUnavailableError
from threadkeep.inference import ChatChunk, ChatRequest
from threadkeep.inference.local_server import Orders, Ready
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.settings import UpstreamSettings
from threadkeep.transport import AsyncTransport
from threadkeep.types.model import Model

OnProgress = Callable[[str], None]
UPSTREAM: Final = "local"
"""The name under which routes lead to it."""
_CLOSE: Final = {"connection": "close"}
"""Its server closes connections now and then without having said so, and new ones cost little here."""
_REPLY_SECONDS: Final = 600.0
_SECONDS_TO_END: Final = 5.0
_SECONDS_TO_DIE: Final = 0.5


class LocalModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model file, and how to run it. Without `threads`, all cores but one compute."""

    name: str
    path: Path
    threads: int | None = None
    context_tokens: int = 4096


def can_run_models() -> bool:
    """Whether the extra `local` is installed."""
    return importlib.util.find_spec("xllamacpp") is not None


class LocalChatModel:
    """Replies from the local model. Its process is started with the first request, and again if it has died."""

    def __init__(
        self, model: LocalModel, transport: AsyncTransport, on_progress: OnProgress | None = None
    ) -> None:
        self._model = model
        self._transport = transport
        self._on_progress = on_progress or _say_nothing
        self._starting = asyncio.Lock()
        self._process: ModelProcess | None = None
        self._chat_model: OpenAICompatibleModel | None = None

    async def start(self) -> None:
        """Load the model now. Raises `ChatModelUnavailableError`."""
        await self._started()

    async def stop(self) -> None:
        """End its process."""
        if self._process is not None:
            await asyncio.to_thread(self._process.end)
            self._process = None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """The reply. If the process dies before the first chunk, a new one is asked. Raises `ChatModelError`."""
        is_last_try = False
        while True:
            chat_model = await self._started()
            has_begun = False
            try:
                async with aclosing(chat_model.stream(request)) as reply:
                    async for chunks in reply:
                        has_begun = True
                        yield chunks
            except ChatModelUnavailableError:
                if has_begun or is_last_try or not await self._is_dying():
                    raise
                is_last_try = True
            else:
                return

    def takes(self, model: str) -> bool:  # noqa: ARG002 - there is only one
        """Any name: the one that there is answers to all."""
        return True

    async def models(self) -> list[Model]:
        """The one that there is."""
        return [Model(id=self._model.name, owned_by=UPSTREAM)]

    async def context_tokens(self, model: str) -> int | None:  # noqa: ARG002 - there is only one
        """As it is set."""
        return self._model.context_tokens

    def _is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    async def _is_dying(self) -> bool:
        return self._process is None or await asyncio.to_thread(self._process.ends_soon)

    async def _started(self) -> OpenAICompatibleModel:
        async with self._starting:
            if self._chat_model is None or not self._is_running():
                self._chat_model = await self._load()
            return self._chat_model

    async def _load(self) -> OpenAICompatibleModel:
        if not can_run_models():
            raise ChatModelUnavailableError(
                "The local model needs the extra `local`: pip install 'threadkeep[local]'"
            )
        await self.stop()
        self._on_progress(f"Loading the model {self._model.name} …")
        process = self._process = ModelProcess(self._model)
        try:
            url = await asyncio.to_thread(process.wait_until_ready)
        except BaseException:
            process.kill()
            raise
        self._on_progress(f"The model {self._model.name} is ready.")
        settings = UpstreamSettings(
            url=url, read_timeout_seconds=_REPLY_SECONDS, max_retries=1, headers=_CLOSE
        )
        return OpenAICompatibleModel(UPSTREAM, settings, self._transport, api_key=process.api_key)


class ModelProcess:
    """The process of `local_server.py`. It ends with this one, since it lives on the pipe between them."""

    def __init__(self, model: LocalModel) -> None:
        self.api_key = secrets.token_urlsafe(32)
        self._model = model
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "threadkeep.inference.local_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    @property
    def is_running(self) -> bool:
        """Whether it has not died."""
        return self._process.poll() is None

    def ends_soon(self) -> bool:
        """Whether it has died, or does so now: its port is closed a moment before."""
        try:
            self._process.wait(_SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_until_ready(self) -> str:
        """Blocks until the model is loaded; its base URL. Raises `ChatModelUnavailableError`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        orders = Orders(
            path=str(self._model.path),
            name=self._model.name,
            api_key=self.api_key,
            threads=self._model.threads or max(1, (os.cpu_count() or 1) - 1),
            context_tokens=self._model.context_tokens,
        )
        try:
            self._process.stdin.write(msgspec.json.encode(orders) + b"\n")
            self._process.stdin.flush()
            return msgspec.json.decode(self._process.stdout.readline(), type=Ready).url
        except (OSError, msgspec.DecodeError) as error:
            raise ChatModelUnavailableError(self._why_not()) from error

    def end(self) -> None:
        """End it, and free what it held."""
        self._close(self._process.stdin)
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close(self._process.stdout)
        self._errors.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def _why_not(self) -> str:
        self._process.wait(_SECONDS_TO_END)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        reason = f" ({lines[-1]})" if lines else ""
        return f"The local model {self._model.path} cannot be loaded{reason}."

    @staticmethod
    def _close(pipe: IO[bytes] | None) -> None:
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _say_nothing(_: str) -> None:
    pass
