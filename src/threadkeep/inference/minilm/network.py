"""The network that makes vectors of tokens: onnxruntime and numpy, which take a third of a second to import."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from threadkeep.types.embedding import Vector

_PROVIDERS: Final = ["CPUExecutionProvider"]


class _Session(Protocol):
    """What is used of onnxruntime's."""

    def run(self, outputs: None, inputs: dict[str, npt.NDArray[np.int64]]) -> list[Any]:
        """What the model makes of the tokens."""
        ...


class Network:
    """Runs on the thread that calls it."""

    def __init__(self, data: bytes) -> None:
        onnxruntime: Any = import_module("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session: _Session = onnxruntime.InferenceSession(data, options, providers=_PROVIDERS)

    def vector_of(self, tokens: Sequence[int]) -> Vector:
        """The mean of what it makes of them, as long as 1."""
        ids = np.array([tokens], np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (states,) = self._session.run(None, inputs)
        mean = np.asarray(states[0], np.float32).mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype("<f4").tobytes()
