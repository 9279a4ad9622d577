"""What `pip install threadkeep` brings: the client, two dependencies, and nothing of the server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUIET_PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet"]
# Compiled wheels are unpacked and installed, which may take a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

LIST_INSTALLED = """
import json
from importlib.metadata import distributions
print(json.dumps(sorted(d.name for d in distributions())))
"""
IMPORT_THE_CLIENT = """
import sys
from threadkeep import AsyncClient, Client
client = Client(api_key="any", base_url="http://127.0.0.1:9/v1")
client.close()
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"click", "rich", "sqlite3", "starlette", "uvicorn", "xllamacpp"}))
"""


def run(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def client_python(wheel, tmp_path_factory):
    """A Python of its own, in which nothing but the wheel was asked for."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    locked = re.findall(r"^(\S+==\S+)", (ROOT / "requirements/run.lock").read_text(), re.MULTILINE)
    (folder / "constraints.txt").write_text("\n".join(locked))
    python = folder / "bin" / "python"
    only_wheels = ["--only-binary", ":all:", "--constraint", folder / "constraints.txt"]
    run(sys.executable, *QUIET_PIP, "--python", python, "install", *only_wheels, wheel)
    return python


def test_the_client_brings_two_dependencies(client_python):
    installed = json.loads(run(client_python, "-c", LIST_INSTALLED))
    assert installed == ["msgspec", "pyreqwest", "threadkeep"]


def test_the_client_works_where_no_server_is_installed(client_python):
    assert run(client_python, "-c", IMPORT_THE_CLIENT).strip() == "[]"


def test_the_wheel_holds_types_and_licence(wheel):
    names = run(sys.executable, "-m", "zipfile", "--list", wheel)
    assert "threadkeep/py.typed" in names
    assert "licenses/LICENSE" in names
    assert "tests/" not in names


@pytest.mark.parametrize(
    "arguments", [["-m", "threadkeep", "--version"], ["-c", "import threadkeep.embedded"]]
)
def test_what_needs_the_server_says_what_to_install(client_python, arguments):
    done = subprocess.run([client_python, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'threadkeep[server]'" in done.stderr
