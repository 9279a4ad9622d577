"""Whatever goes wrong is one line on standard error and an exit code; never a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.command import Threadkeep
from tests.support.running_server import RunningServer


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["serve", "--prot", "1"], 2, "No such option '--prot'"),
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["threads", "list", "--limit", "0"], 2, "0 is not in the range x>=1"),
        (
            ["threads", "show"],
            2,
            "Missing argument 'THREAD_ID'. (see threadkeep threads show --help)",
        ),
        (["serve", "--port", "70000"], 2, "--port: port must be a whole number from 0 to 65535"),
        (["serve", "--database", "mysql://x"], 2, "--database: database must be sqlite:/// and"),
        (["serve", "--upstream", "localhost:80"], 2, "an upstream is named by a URL"),
        (["serve", "--upstream", "http://a", "--model", "b"], 2, "exclude each other"),
        (
            ["serve", "--model", "nix.gguf", "--port", "0"],
            2,
            "'nix.gguf' is neither a file nor one",
        ),
        (["serve", "--settings", "nix.toml"], 2, "there is no settings file nix.toml"),
        (["threads", "list", "--base-url", "http://127.0.0.1:1/v1"], 1, "Is it running?"),
        (["threads", "list", "--base-url", "http://a", "--database", "sqlite:///b"], 2, "exclude"),
        (["threads", "list", "--database", "sqlite:///no/such/folder/a.db"], 1, "Cannot open"),
        (["models", "pull", "gpt-5"], 2, "'gpt-5' is not"),
    ],
)
def test_a_mistake(threadkeep: Threadkeep, arguments, code, message):
    done = threadkeep(*arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("threadkeep: ")
    assert done.err.count("\n") == 1
    assert message in done.err


def test_what_the_server_refuses_is_told_in_its_own_words(
    threadkeep: Threadkeep, running_server: RunningServer
):
    done = threadkeep("threads", "show", "thread_nix", "--base-url", running_server.base_url)
    assert (done.code, done.out) == (1, "")
    assert done.err == "threadkeep: No thread found with id 'thread_nix'.\n"


def test_listening_beyond_this_machine_needs_a_key(threadkeep: Threadkeep):
    done = threadkeep("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.code == 2
    assert "without an API key would let everybody in; set one with --api-key" in done.err


def test_a_port_that_is_taken(threadkeep: Threadkeep, running_server: RunningServer):
    port = running_server.url.rpartition(":")[2]
    done = threadkeep("serve", "--port", port)
    assert done.code == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in done.err


def test_a_file_that_a_server_has_open(threadkeep: Threadkeep, running_server, tmp_path):
    assert running_server.base_url
    done = threadkeep("threads", "list", "--database", "sqlite:///threadkeep.db")
    assert done.code == 1
    assert "threadkeep.db is in use by another process" in done.err
    assert "--base-url" in done.err


def test_a_reader_that_leaves_is_no_mistake(tmp_path):
    command = f"{sys.executable} -m threadkeep --help | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize("package", ["click", "rich", "starlette", "uvicorn"])
def test_without_the_extra_the_command_says_what_to_install(package):
    program = (
        f"import sys; sys.modules[{package!r}] = None; sys.argv = ['threadkeep', 'serve'];"
        " from threadkeep.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "pip install 'threadkeep[server]'" in done.stderr
    assert "Traceback" not in done.stderr
