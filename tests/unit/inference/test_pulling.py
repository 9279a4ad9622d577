from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile

import msgspec
import pytest

from threadkeep.errors import ModelPullError, SettingsError
from threadkeep.inference import catalogue, pulling
from threadkeep.inference.catalogue import CATALOGUE, SMOLLM2_135M, installed, remove
from threadkeep.inference.pulling import pull

MODEL = os.urandom(1 << 16)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its package index, with a wheel of a small model in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def tiny(index, monkeypatch):
    """A model of the catalogue in that wheel."""
    wheel = index / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", MODEL)
        info = "tiny_model-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: no-such-thing\n",
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    model = msgspec.structs.replace(
        SMOLLM2_135M,
        name="tiny",
        requirement="tiny-model==1.0",
        wheel_sha256=sha256(wheel.read_bytes()),
        wheel_bytes=wheel.stat().st_size,
        member="tiny_model/tiny.gguf",
        sha256=sha256(MODEL),
        size_bytes=len(MODEL),
    )
    known(monkeypatch, model)
    return model


def known(monkeypatch, model):
    monkeypatch.setattr(catalogue, "CATALOGUE", {model.name: model})


@pytest.fixture
def folder(tmp_path):
    """Where models are to lie; it is not there yet."""
    return tmp_path / "cache" / "models"


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_pulled_model_is_there_whole_and_alone(tiny, folder):
    progress = []

    path = pull("tiny", folder, lambda done, total: progress.append((done, total)))

    assert path.read_bytes() == MODEL
    assert left_in(folder) == ["tiny.gguf"]
    assert progress[0] == (0, tiny.wheel_bytes)
    assert progress[-1] == (tiny.wheel_bytes, tiny.wheel_bytes)
    assert [model.name for model in installed(folder)] == ["tiny"]


def test_a_model_that_is_there_is_not_fetched_again(tiny, folder, index):
    pull("tiny", folder)
    for wheel in index.iterdir():
        wheel.unlink()

    assert pull("tiny", folder).read_bytes() == MODEL


def test_a_model_that_was_cut_short_is_fetched_again(tiny, folder):
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(MODEL[:100])
    assert installed(folder) == []

    assert pull("tiny", folder).read_bytes() == MODEL


def test_a_model_can_be_removed(tiny, folder):
    pull("tiny", folder)

    assert remove("tiny", folder)
    assert not remove("tiny", folder)
    assert installed(folder) == []


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_another_file_than_expected_is_not_kept(tiny, folder, monkeypatch, field):
    known(monkeypatch, msgspec.structs.replace(tiny, **{field: sha256(b"other")}))

    with pytest.raises(ModelPullError):
        pull("tiny", folder)
    assert left_in(folder) == []


def test_what_pip_says_is_told(tiny, folder, monkeypatch):
    known(monkeypatch, msgspec.structs.replace(tiny, requirement="no-such-model==1.0"))

    with pytest.raises(ModelPullError, match=r"could not fetch no-such-model==1.0: No matching"):
        pull("tiny", folder)
    assert left_in(folder) == []


def test_a_python_without_pip_is_told(tiny, folder, monkeypatch):
    monkeypatch.setattr(pulling.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ModelPullError, match=r"which this Python .* lacks"):
        pull("tiny", folder)


def test_a_folder_that_cannot_be_written_is_told(tiny, tmp_path):
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(ModelPullError, match="tiny could not be written"):
        pull("tiny", file / "models")


def test_an_interruption_leaves_nothing(tiny, folder):
    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("tiny", folder, interrupt)
    assert left_in(folder) == []


def test_what_a_killed_pull_left_is_cleared_after_a_day(tiny, folder):
    for name, age in ((".tiny-old", 25 * 3600), (".tiny-new", 3600)):
        left = folder / name
        left.mkdir(parents=True)
        moment = left.stat().st_mtime - age
        os.utime(left, (moment, moment))

    pull("tiny", folder)

    assert left_in(folder) == [".tiny-new", "tiny.gguf"]


def test_a_name_that_is_not_known_lists_those_that_are(folder):
    with pytest.raises(SettingsError, match="no model 'gpt-5'; known are: smollm2-135m"):
        pull("gpt-5", folder)


def test_the_download_is_watched_while_it_grows(tmp_path):
    # A process that writes like pip: half of it, then it waits to be told to go on.
    script = (
        "import sys, pathlib; f = pathlib.Path(sys.argv[1]).open('wb'); f.write(b'x' * 50);"
        "f.flush(); sys.stdin.read(1)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "part")], stdin=subprocess.PIPE
    )
    seen = []

    def on_progress(done, _total):
        seen.append(done)
        if done == 50 and process.stdin:
            process.stdin.close()

    pulling._watch(process, tmp_path, 100, on_progress)  # pyright: ignore[reportPrivateUsage]
    assert seen[0] == 0
    assert 50 in seen
    assert seen[-1] == 100


def test_the_catalogue_says_where_each_model_comes_from():
    for name, model in CATALOGUE.items():
        assert model.name == name
        assert "==" in model.requirement
        assert len(model.sha256) == len(model.wheel_sha256) == 64
        assert model.licence
        assert model.source
