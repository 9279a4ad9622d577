"""An embedding model behind any server that speaks `/embeddings`: the hosted ones, Ollama, vLLM, llama.cpp."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from threadkeep.errors import APIConnectionError, EmbeddingError, EmbeddingRefusedError
from threadkeep.inference.discovered import FoundUpstream
from threadkeep.inference.embedding import Purpose
from threadkeep.inference.failure import UpstreamErrors, complaint_of, is_out_of_quota
from threadkeep.settings import EmbeddingSettings
from threadkeep.transport import AsyncTransport, Request, Response, Timeout
from threadkeep.types.clock import Clock, SystemClock
from threadkeep.types.embedding import EmbeddingSpace, Vector
from threadkeep.wire.retry import is_retried, retry_delay

_BATCH: Final = 64
_SHORTEST_SECRET: Final = 8
_NUMBER: Final = np.dtype("<f4")


class _Entry(msgspec.Struct):
    index: int
    embedding: list[float] | str


class _Answer(msgspec.Struct):
    data: list[_Entry]


class OpenAIEmbeddings:
    """The model that `settings` name. What fails is tried again, when and as often as server and settings allow."""

    def __init__(
        self,
        settings: EmbeddingSettings,
        upstream: FoundUpstream,
        transport: AsyncTransport,
        *,
        clock: Clock | None = None,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._upstream = upstream.settings
        self._url = f"{upstream.settings.url.rstrip('/')}/embeddings"
        self._transport = transport
        self._dimensions = settings.dimensions
        self._clock = clock or SystemClock()
        self._pause = pause
        api_key = upstream.api_key.reveal() if upstream.api_key else ""
        self._headers = {
            "content-type": "application/json",
            **({"authorization": f"Bearer {api_key}"} if api_key else {}),
            **{key.lower(): value for key, value in upstream.settings.headers.items()},
        }
        secrets = (api_key, *upstream.settings.headers.values())
        self._errors = UpstreamErrors(
            settings.upstream or "",
            tuple(each for each in secrets if len(each) >= _SHORTEST_SECRET),
        )
        self._timeout = Timeout(
            connect=upstream.settings.connect_timeout_seconds,
            read=upstream.settings.read_timeout_seconds,
        )

    @property
    def name(self) -> str:
        """The model's, with all that makes its vectors different from those of another."""
        given = self._settings
        marks = {
            "dimensions": given.dimensions,
            "passage": given.passage_prefix or None,
            "query": given.query_prefix or None,
        }
        said = [f"{mark}={value!r}" for mark, value in marks.items() if value is not None]
        return " ".join([given.model or "", *said])

    @property
    def max_tokens(self) -> int:
        """As many as are sent: with room for what it adds, and as it counts tokens in its own way."""
        return self._settings.max_tokens * 7 // 8

    async def space(self) -> EmbeddingSpace:
        """As many dimensions as the settings say, else as the server's first vector has. Raises `EmbeddingError`."""
        if self._dimensions is None:
            await self.embed(["dimensions"], "query")
        assert self._dimensions is not None
        return EmbeddingSpace(self.name, self._dimensions)

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> list[Vector]:
        """A vector for each text, in their order. Raises `EmbeddingError`."""
        given = self._settings
        prefix = given.passage_prefix if purpose == "passage" else given.query_prefix
        vectors: list[Vector] = []
        for begin in range(0, len(texts), _BATCH):
            batch = [prefix + text for text in texts[begin : begin + _BATCH]]
            vectors += self._vectors(await self._answer(self._request(batch)), len(batch))
        return vectors

    def _request(self, texts: list[str]) -> Request:
        body: dict[str, object] = {
            "model": self._settings.model,
            "input": texts,
            "encoding_format": "float",
        }
        if self._settings.dimensions is not None:
            body["dimensions"] = self._settings.dimensions
        encoded = msgspec.json.encode(body)
        return Request("POST", self._url, self._headers, encoded, self._timeout)

    async def _answer(self, request: Request) -> bytes:
        retries = 0
        while True:
            is_last = retries >= self._upstream.max_retries
            try:
                response = await self._transport.send(request)
            except APIConnectionError as error:
                if is_last:
                    raise EmbeddingError(str(self._errors.of_connection(error))) from error
                headers = dict[str, str]()
            else:
                if response.status == 200:
                    return response.body
                headers = response.headers
                if is_last or not self._helps(response):
                    raise self._failure(response)
            now = self._clock.now()
            luck = random.random()  # noqa: S311 - jitter
            await self._pause(retry_delay(retries, headers, now=now, luck=luck))
            retries += 1

    def _helps(self, response: Response) -> bool:
        """Whether it is worth another try; what is asked for with patience that we do not have is not."""
        return is_retried(response.status, response.headers, self._clock.now())

    def _failure(self, response: Response) -> EmbeddingError:
        """Of an answer without vectors: a refusal, unless the same request may be answered later."""
        complaint = complaint_of(response.body)
        message = str(self._errors.of_status(response.status, complaint))
        passes = response.status in (408, 409, 429) or response.status >= 500
        if passes and not is_out_of_quota(complaint):
            return EmbeddingError(message)
        return EmbeddingRefusedError(message)

    def _vectors(self, body: bytes, count: int) -> list[Vector]:
        try:
            entries = msgspec.json.decode(body, type=_Answer).data
            vectors = {entry.index: _vector(entry.embedding) for entry in entries}
            ordered = [vectors[index] for index in range(count)]
        except (msgspec.DecodeError, ValueError, KeyError) as error:
            raise self._nonsense("it sent no vector for each text") from error
        for vector in ordered:
            self._check(vector)
        return ordered

    def _check(self, vector: Vector) -> None:
        """That it is as long as the others, of which the first says how long that is."""
        length = len(vector) // _NUMBER.itemsize
        self._dimensions = self._dimensions or length
        if length != self._dimensions:
            raise self._nonsense(f"a vector has {length} dimensions, not {self._dimensions}")

    def _nonsense(self, reason: str) -> EmbeddingRefusedError:
        return EmbeddingRefusedError(str(self._errors.of_nonsense(reason)))


def _vector(embedding: list[float] | str) -> Vector:
    """Of length 1. Raises `ValueError` for what is no direction."""
    if isinstance(embedding, str):
        numbers = np.frombuffer(base64.b64decode(embedding, validate=True), _NUMBER)
    else:
        numbers = np.asarray(embedding, _NUMBER)
    length = float(np.linalg.norm(numbers))
    if not 0 < length < float("inf"):
        raise ValueError("not a direction")
    return (numbers / length).astype(_NUMBER).tobytes()
