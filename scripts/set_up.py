"""Make `.venv` and install the locked packages; a second call finds nothing to do and says nothing.

`python3 scripts/set_up.py run` is enough for the demo and the server, `dev` brings every tool.
Every package is checked against the hashes in `requirements/`, none is compiled, and nothing
outside this folder is written, except what pip keeps in the user's cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

OLDEST = (3, 11)
NEWER = [f"python3.{minor}" for minor in (14, 13, 12, 11)]
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {name: ROOT / "requirements" / f"{name}.lock" for name in ("run", "dev")}
CALM_PIP = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_USER": "0",
}
NO_PIP = """\
This Python can make no environment with pip in it. On Debian and Ubuntu, install the package that
brings it, then try again:

    apt-get install python3-venv
"""


def main(wanted: str) -> None:
    """Bring `.venv` to what the lock file of `wanted` says."""
    ensure_python()
    VENV.mkdir(exist_ok=True)
    with one_at_a_time():
        if is_ready(wanted):
            return
        if not is_sound():
            make_venv()
        install_locked(wanted)
        install_project()
        note_ready(wanted)


def ensure_python() -> None:
    """Go on with a newer Python where `python3` is too old."""
    if sys.version_info >= OLDEST:
        return
    found = [path for path in map(shutil.which, NEWER) if path]
    if not found:
        sys.exit(f"Threadkeep needs Python 3.11 or newer; this is {sys.version}")
    os.execv(found[0], [found[0], *sys.argv])


@contextmanager
def one_at_a_time() -> Generator[None]:
    """Let a second `make` in this folder wait for the first."""
    with (VENV / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint(wanted: str) -> str:
    """Tell apart everything that an installation depends on; a moved folder too."""
    import tomllib  # not at the top, where a Python that is too old would stumble over it

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    package = json.dumps([settings["build-system"], settings["project"]])
    parts = [str(ROOT), LOCKS[wanted].read_text(), package]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def stamp(wanted: str) -> Path:
    """Name the file that remembers what was installed."""
    return VENV / f".installed-{wanted}"


def is_ready(wanted: str) -> bool:
    """Say whether `.venv` already holds what is wanted; `dev` holds `run` as well."""
    return is_sound() and any(
        stamp(name).exists() and stamp(name).read_text() == fingerprint(name)
        for name in {wanted, "dev"}
    )


def is_sound() -> bool:
    """Say whether `.venv` was made for this folder and its Python is still there."""
    home = VENV / ".made-for"
    return PYTHON.exists() and home.exists() and home.read_text() == str(ROOT)


def note_ready(wanted: str) -> None:
    """Remember what was installed, so that the next call is quick."""
    stamp(wanted).write_text(fingerprint(wanted))


def make_venv() -> None:
    """Make a fresh environment with pip in it."""
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"Making .venv with Python {version}")
    for entry in VENV.iterdir():
        if entry.name != ".lock":
            remove(entry)
    venv.EnvBuilder(symlinks=True).create(VENV)
    if not (pip_from_python() or pip_from_machine() or pip_from_debian()):
        sys.exit(NO_PIP)
    (VENV / ".made-for").write_text(str(ROOT))


def remove(entry: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def pip_from_python() -> bool:
    """Use the pip that comes inside Python; Debian moves it into a package of its own."""
    if importlib.util.find_spec("ensurepip") is None:
        return False
    return succeeds([PYTHON, "-Im", "ensurepip"])


def pip_from_machine() -> bool:
    """Let a pip that is installed on this machine install one into the environment."""
    if importlib.util.find_spec("pip") is None:
        return False
    return succeeds([sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"])


def pip_from_debian() -> bool:
    """Take pip out of Debian's signed package, unpacked in a temporary folder, as any user."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        if not unpack_debian_package("python3-pip-whl", Path(folder)):
            return False
        wheels = sorted(Path(folder).rglob("pip-*.whl"))
        install = ["install", "--no-index", "--no-deps", *wheels[:1]]
        return bool(wheels) and succeeds([PYTHON, wheels[0] / "pip", *install])


def unpack_debian_package(name: str, folder: Path) -> bool:
    """Download a Debian package with package lists of its own and unpack it in `folder`."""
    for sub in ("lists/partial", "archives/partial"):
        (folder / sub).mkdir(parents=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::State::lists={folder}/lists"]
    apt += ["-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User="]
    if not (succeeds([*apt, "update"], folder) and succeeds([*apt, "download", name], folder)):
        return False
    packages = list(folder.glob("*.deb"))
    return bool(packages) and succeeds(["dpkg-deb", "-x", packages[0], folder / "unpacked"])


def succeeds(command: list[str | Path], folder: Path = ROOT) -> bool:
    """Run a command quietly and say whether it went well."""
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=False)
    return done.returncode == 0


def environment() -> dict[str, str]:
    """Keep the user's own pip settings, and have pip say only what matters here."""
    return {**os.environ, **CALM_PIP}


def install_locked(wanted: str) -> None:
    """Install what the lock file names, each file checked against its hash."""
    lock = LOCKS[wanted]
    count = sum("==" in line for line in lock.read_text().splitlines())
    say(f"Installing {count} locked packages from {lock.relative_to(ROOT)}")
    pip("install", "--require-hashes", "--only-binary", ":all:", "-r", str(lock), total=count)


def install_project() -> None:
    """Install the project itself so that an edited file needs no second installation."""
    pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", ".", total=1)


def pip(*arguments: str, total: int) -> None:
    """Run pip with a line that counts; show all that it said if it fails."""
    command = [str(PYTHON), "-m", "pip", *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            show_progress(line, sum(seen.startswith("Collecting ") for seen in said), total)
    if process.returncode:
        sys.exit("".join(said) + "\npip could not install what is locked; its own words are above.")


def show_progress(line: str, count: int, total: int) -> None:
    """Count on one line of a terminal; elsewhere print only what takes long."""
    if not sys.stderr.isatty():
        if line.startswith("Installing collected") and total > 1:
            say("  all downloaded and checked, unpacking")
        return
    if line.startswith("Collecting "):
        name = line.split()[1].split("==", maxsplit=1)[0]
        print(f"\r\033[K  {count} of {total}: {name}", end="", file=sys.stderr, flush=True)
    elif line.startswith("Installing collected"):
        print("\r\033[K  unpacking", end="", file=sys.stderr, flush=True)
    elif line.startswith(("Successfully", "ERROR")):
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def say(text: str) -> None:
    """Tell the user on the terminal, and leave standard output to the program that follows."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
