"""Vectors from a server that speaks `/embeddings`, over real HTTP."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from tests.support.canned_server import DROP, Reply
from threadkeep.errors import EmbeddingError, EmbeddingRefusedError
from threadkeep.inference.discovered import FoundUpstream, Secret
from threadkeep.inference.openai_embeddings import OpenAIEmbeddings
from threadkeep.settings import EmbeddingSettings, UpstreamSettings
from threadkeep.types.embedding import EmbeddingSpace


@pytest.fixture
def embeddings(canned_server, transport, waits):
    """Make an embedding model that asks the canned server."""

    async def pause(seconds):
        waits.append(seconds)

    def connect(api_key="sk-secret", max_retries=2, headers=None, **settings):
        given = EmbeddingSettings(**{"upstream": "mine", "model": "small"} | settings)
        upstream = FoundUpstream(
            UpstreamSettings(
                url=canned_server.base_url, max_retries=max_retries, headers=headers or {}
            ),
            Secret(api_key) if api_key else None,
        )
        return OpenAIEmbeddings(given, upstream, transport, pause=pause)

    return connect


def answer(*vectors, indexes=None):
    listed = enumerate(vectors) if indexes is None else zip(indexes, vectors, strict=True)
    data = [{"object": "embedding", "index": index, "embedding": each} for index, each in listed]
    return Reply({"object": "list", "data": data, "model": "small", "usage": {"prompt_tokens": 1}})


def numbers(vector: bytes) -> list[float]:
    return np.frombuffer(vector, "<f4").tolist()


async def test_vectors_come_in_the_order_of_the_texts_with_the_length_one(
    canned_server, embeddings
):
    canned_server.replies(answer([0.0, 2.0], [3.0, 4.0], indexes=[1, 0]))

    vectors = await embeddings().embed(["a", "b"], "passage")

    assert [numbers(vector) for vector in vectors] == [pytest.approx([0.6, 0.8]), [0.0, 1.0]]
    (asked,) = canned_server.requests
    assert (asked.method, asked.path) == ("POST", "/v1/embeddings")
    assert asked.headers["authorization"] == "Bearer sk-secret"
    assert asked.json == {"model": "small", "input": ["a", "b"], "encoding_format": "float"}


async def test_base64_is_read_as_well(canned_server, embeddings):
    packed = base64.b64encode(np.array([0.0, 5.0], "<f4").tobytes()).decode()
    canned_server.replies(answer(packed))

    (vector,) = await embeddings().embed(["a"], "query")

    assert numbers(vector) == [0.0, 1.0]


async def test_many_texts_are_sent_in_batches(canned_server, embeddings):
    canned_server.replies(answer(*[[1.0]] * 64), answer(*[[1.0]] * 6))

    vectors = await embeddings().embed([str(number) for number in range(70)], "passage")

    assert len(vectors) == 70
    first, second = (asked.json["input"] for asked in canned_server.requests)
    assert [*first, *second] == [str(number) for number in range(70)]


async def test_a_model_gets_the_prefixes_and_dimensions_that_are_set(canned_server, embeddings):
    canned_server.replies(answer([1.0, 0.0, 0.0]))
    model = embeddings(passage_prefix="passage: ", query_prefix="query: ", dimensions=3)

    await model.embed(["a"], "passage")
    await model.embed(["a"], "query")

    asked = [request.json for request in canned_server.requests]
    assert [each["input"] for each in asked] == [["passage: a"], ["query: a"]]
    assert {each["dimensions"] for each in asked} == {3}
    assert await model.space() == EmbeddingSpace(
        "small dimensions=3 passage='passage: ' query='query: '", 3
    )


async def test_how_many_dimensions_there_are_is_seen_from_a_vector(canned_server, embeddings):
    canned_server.replies(answer([1.0, 2.0]))
    model = embeddings()

    assert await model.space() == await model.space() == EmbeddingSpace("small", 2)
    assert len(canned_server.requests) == 1


async def test_what_passes_is_tried_again(canned_server, embeddings, waits):
    canned_server.replies(
        Reply({"error": {"message": "slow down"}}, 429, {"retry-after": "3"}), DROP, answer([1.0])
    )

    assert len(await embeddings().embed(["a"], "query")) == 1

    assert waits[0] == 3
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"error": {"message": "busy"}}, 503), "failed (503): busy"),
        (Reply({"error": {"message": "slow"}}, 429), "takes no more requests for now"),
        (DROP, "cannot be reached"),
    ],
)
async def test_what_does_not_pass_may_be_asked_again_later(
    canned_server, embeddings, waits, reply, words
):
    canned_server.replies(reply)

    with pytest.raises(EmbeddingError) as caught:
        await embeddings().embed(["a"], "query")

    assert not isinstance(caught.value, EmbeddingRefusedError)
    assert words in str(caught.value)
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"error": {"message": "no model sk-secret"}}, 404), "(404): no model ***"),
        (Reply({"detail": "too long"}, 400), "refuses the request (400): too long"),
        (Reply({"error": {"message": "who are you"}}, 401), "does not accept the API key"),
        (
            Reply({"error": {"message": "pay", "code": "insufficient_quota"}}, 429),
            "takes no more requests for now (429): pay",
        ),
        (answer([1.0]), "it sent no vector for each text"),
        (answer([1.0], [1.0], indexes=[0, 2]), "it sent no vector for each text"),
        (answer([0.0], [1.0]), "it sent no vector for each text"),
        (answer([1.0], [1.0, 0.0]), "a vector has 2 dimensions, not 1"),
        (answer("no base64!", [1.0]), "it sent no vector for each text"),
        (Reply(b"<html>"), "it sent no vector for each text"),
        (Reply({"data": "none"}), "it sent no vector for each text"),
    ],
)
async def test_a_refusal_is_told_as_one_and_without_secrets(
    canned_server, embeddings, reply, words
):
    canned_server.replies(reply)

    with pytest.raises(EmbeddingRefusedError) as caught:
        await embeddings(max_retries=0).embed(["a", "b"], "passage")

    assert words in str(caught.value)
    assert "'mine'" in str(caught.value)
    assert "sk-secret" not in str(caught.value)


async def test_headers_that_are_set_go_along(canned_server, embeddings):
    canned_server.replies(answer([1.0]))

    await embeddings(api_key=None, headers={"X-Team": "search"}).embed(["a"], "query")

    (asked,) = canned_server.requests
    assert asked.headers["x-team"] == "search"
    assert "authorization" not in asked.headers
