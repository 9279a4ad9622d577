"""A real HTTP server that speaks `/embeddings`, whose model knows a few words; it fails when a test says so."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

import pytest

from tests.support.canned_server import Asked, CannedServer, Reply
from threadkeep.inference.discovered import FoundUpstream
from threadkeep.inference.openai_embeddings import OpenAIEmbeddings
from threadkeep.settings import EmbeddingSettings, UpstreamSettings
from threadkeep.transport import AsyncTransport

TOPICS = ({"tea", "infusion", "cup"}, {"coffee", "espresso"}, {"train", "railway"})


class ScriptedEmbeddings(CannedServer):
    """Texts on one topic point one way, whatever their words; texts on none have a way of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: deque[Reply] = deque()

    @property
    def texts(self) -> list[str]:
        """All that it was asked to embed and has answered."""
        return [text for asked in self.requests for text in asked.json["input"]]

    def take(self, asked: Asked) -> Reply:
        if self.failures:
            return self.failures.popleft() if len(self.failures) > 1 else self.failures[0]
        self.requests.append(asked)
        data = [
            {"index": place, "embedding": direction(text)}
            for place, text in enumerate(asked.json["input"])
        ]
        return Reply({"data": data})

    def model(self, transport: AsyncTransport, name: str = "scripted") -> OpenAIEmbeddings:
        """It, as an embedding model of this name."""
        settings = EmbeddingSettings(upstream="scripted", model=name, max_tokens=64)
        upstream = FoundUpstream(UpstreamSettings(url=self.base_url, max_retries=0))
        return OpenAIEmbeddings(settings, upstream, transport)


def direction(text: str) -> list[float]:
    """Of a text: a number for each topic, and one for what else it may be on."""
    words = set(re.findall(r"\w+", text.lower()))
    known = [float(bool(words & topic)) for topic in TOPICS]
    return [*known, 0.0 if any(known) else 1.0]


@pytest.fixture
def scripted_embeddings() -> Iterator[ScriptedEmbeddings]:
    with ScriptedEmbeddings() as server:
        yield server
