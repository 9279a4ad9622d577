"""The real small model, as it is pulled for `make demo`: once for this user, then it lies in the cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from threadkeep.inference.catalogue import SMOLLM2_135M, models_folder
from threadkeep.inference.local import LocalModel
from threadkeep.inference.pulling import pull


@pytest.fixture(scope="session")
def local_model_file() -> Path:
    """The file of the small model."""
    return pull(SMOLLM2_135M.name, models_folder(os.environ))


@pytest.fixture
def local_model(local_model_file: Path) -> LocalModel:
    """The small model on one thread: more would fight with the tests for the cores."""
    return LocalModel(name=SMOLLM2_135M.name, path=local_model_file, threads=1)
