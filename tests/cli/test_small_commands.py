"""Version, completion, and the models that can be pulled."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support.command import Threadkeep
from threadkeep.inference.catalogue import SMOLLM2_135M
from threadkeep.version import __version__


def test_version(threadkeep: Threadkeep):
    assert threadkeep("--version").out == f"threadkeep {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(threadkeep: Threadkeep, shell):
    done = threadkeep("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_THREADKEEP_COMPLETE={shell}_complete" in done.out


def test_the_script_completes_in_bash(threadkeep: Threadkeep, tmp_path):
    (tmp_path / "completion").write_text(threadkeep("completion", "bash").out)
    checked = subprocess.run(["bash", "-n", tmp_path / "completion"], check=False)
    assert checked.returncode == 0
    words = {"COMP_WORDS": "threadkeep thr", "COMP_CWORD": "1"}
    done = threadkeep(_THREADKEEP_COMPLETE="bash_complete", **words)
    assert done.out == "plain,threads\n"


def test_models_are_listed_and_removed(threadkeep: Threadkeep, tmp_path):
    model = SMOLLM2_135M
    environ = {"THREADKEEP_CACHE": str(tmp_path / "cache")}
    listed = threadkeep("models", "list", **environ)
    assert listed.lines[1].split()[:5] == [model.name, "98", "MB", "Apache-2.0", "no"]

    path = model.path(tmp_path / "cache" / "models")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(model.size_bytes)
    (shown,) = json.loads(threadkeep("models", "list", "--json", **environ).out)
    assert (shown["name"], shown["path"]) == (model.name, str(path))

    pulled = threadkeep("models", "pull", model.name, **environ)
    assert (pulled.code, pulled.out) == (0, f"{model.name} is in {path}\n")

    assert threadkeep("models", "remove", model.name, **environ).out == f"{model.name} is removed\n"
    assert not path.exists()
    assert threadkeep("models", "remove", model.name, **environ).out.endswith("was not here\n")
