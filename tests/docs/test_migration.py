"""The code of the pages on migration runs as it is printed, each in the environment of the client that it is for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.client_environments import CALM, OWN, node_modules_of, python_of
from tests.support.client_runs import NODE
from tests.support.running_server import RunningServer
from tests.support.scripted_model import DEFAULT_TEXT
from threadkeep.client.config import DEFAULT_BASE_URL

pytestmark = pytest.mark.timeout(600)  # an environment may have to be made first

HOWTO = Path(__file__).resolve().parents[2] / "docs/howto"
ADDRESS = DEFAULT_BASE_URL.removesuffix("/v1")


def code_of(page: str, language: str, server: RunningServer) -> list[str]:
    """The page's blocks of code, with the address of `server`."""
    text = (HOWTO / page).read_text()
    assert ADDRESS in text
    blocks = re.findall(rf"^```{language}\n(.+?)^```", text, re.MULTILINE | re.DOTALL)
    return [block.replace(ADDRESS, server.url) for block in blocks]


def output_of(command: list[str | Path], folder: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=CALM, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def run_python(running_server: RunningServer) -> Callable[[str, int, str], str]:
    """Runs a page's block of Python in an environment."""

    def run(page: str, index: int, environment: str) -> str:
        code = code_of(page, "python", running_server)[index]
        return output_of([python_of(environment), "-W", "ignore", "-c", code])

    return run


def test_python(run_python: Callable[[str, int, str], str]):
    assert run_python("migrate-python.md", 0, OWN) == f"completed {DEFAULT_TEXT}\n"


def test_azure_openai(run_python: Callable[[str, int, str], str]):
    assert run_python("migrate-azure.md", 0, OWN) == "completed\n"


def test_azure_ai_agents(run_python: Callable[[str, int, str], str]):
    assert "COMPLETED" in run_python("migrate-azure.md", 1, "azure-ai-agents").upper()


def test_node(running_server: RunningServer, tmp_path: Path):
    [code] = code_of("migrate-node.md", "js", running_server)
    folder = node_modules_of("openai-node-7")
    program = tmp_path / "migrate.mjs"
    program.write_text(code)
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    assert output_of([NODE, program]) == f"{DEFAULT_TEXT}\ncompleted\n"


def test_calls_that_the_hosted_service_did_not_have(running_server: RunningServer):
    from openai import OpenAI

    page = (HOWTO / "migrate-python.md").read_text()
    for call in ('client.get("/threads", cast_to=object)', 'client.delete(f"/threads/'):
        assert call in page
    with OpenAI(base_url=running_server.base_url, api_key="any") as client:
        listed = client.get("/threads", cast_to=object)
    assert listed == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
