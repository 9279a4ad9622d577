"""`threadkeep doctor` and `threadkeep settings`: what there is, and where it comes from."""

from __future__ import annotations

import json

from tests.support.command import Threadkeep
from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel
from threadkeep.version import __version__


def test_where_model_names_go(threadkeep: Threadkeep, scripted_model: ScriptedModel, tmp_path):
    (tmp_path / "threadkeep.toml").write_text(
        f'[upstreams.mine]\nurl = "{scripted_model.base_url}"\n'
        '[[routes]]\npattern = "gpt-4o*"\nupstream = "mine"\nmodel = "scripted-model"\n'
    )
    done = threadkeep("doctor")
    assert (done.code, done.err) == (0, "")
    assert f"Threadkeep   {__version__}\n" in done.out
    assert "Settings     threadkeep.toml\n" in done.out
    assert f"mine       {scripted_model.base_url}   lists scripted-model\n" in done.out
    assert "gpt-4o*      mine: scripted-model\n" in done.out
    assert done.lines[-1] == "Everything is in order."


def test_that_there_is_no_code_interpreter_is_noted(
    threadkeep: Threadkeep, scripted_model: ScriptedModel
):
    note = "there is no code interpreter: runs go on without it, and fail if they must use it"
    asked = {"THREADKEEP_UPSTREAM_URL": scripted_model.base_url}
    done = threadkeep("doctor", **asked)
    assert done.code == 0
    assert f"Note: {note}.\n" in done.out
    assert note in json.loads(threadkeep("doctor", "--json", **asked).out)["notes"]


def test_json_has_it_all(threadkeep: Threadkeep, scripted_model: ScriptedModel):
    done = threadkeep("doctor", "--json", THREADKEEP_UPSTREAM_URL=scripted_model.base_url)
    diagnosis = json.loads(done.out)
    assert (done.code, diagnosis["problems"]) == (0, [])
    assert diagnosis["storage"] == "threadkeep.db, made when the server starts"
    found = {each["what"]: each["result"] for each in diagnosis["chat_models"]}
    assert found["THREADKEEP_UPSTREAM_URL"] == "used"
    assert diagnosis["model_names"][-1]["pattern"] == "*"


def test_the_embedding_model_is_named(threadkeep: Threadkeep, scripted_model: ScriptedModel):
    asked = {"THREADKEEP_UPSTREAM_URL": scripted_model.base_url}
    done = threadkeep("doctor", **asked)
    assert "Embeddings   all-MiniLM-L6-v2-int8, 384 dimensions\n" in done.out
    without = threadkeep("doctor", THREADKEEP_EMBEDDING_UPSTREAM="none", **asked)
    assert (
        "Note: Files are searched by keywords alone, as embedding.upstream says.\n" in without.out
    )
    wrong = threadkeep("doctor", THREADKEEP_EMBEDDING_UPSTREAM="nix", **asked)
    assert wrong.code == 1
    assert (
        "Problem: the embedding model: embedding.upstream must name an upstream, not" in wrong.out
    )


def test_no_chat_model_is_a_problem_with_a_way_out(threadkeep: Threadkeep):
    done = threadkeep("doctor", THREADKEEP_PROT="1")
    assert done.code == 1
    assert "Note: no setting has the variable THREADKEEP_PROT; did you mean" in done.out
    assert "Problem: there is no chat model, so runs will fail." in done.out
    assert "threadkeep models pull smollm2-135m" in done.out


def test_an_upstream_out_of_reach_is_a_problem(threadkeep: Threadkeep):
    done = threadkeep("doctor", "--upstream", "http://127.0.0.1:1/v1")
    assert done.code == 1
    assert "Problem: the upstream upstream at http://127.0.0.1:1/v1: nothing listens" in done.out


def test_a_mistake_in_a_route_is_a_problem(threadkeep: Threadkeep):
    done = threadkeep("doctor", "--model", "nix.gguf")
    assert done.code == 1
    assert "Problem: local.model: 'nix.gguf' is neither a file nor one of" in done.out


def test_a_storage_in_use_is_none(threadkeep: Threadkeep, running_server: RunningServer):
    assert running_server.base_url
    done = threadkeep("doctor")
    assert "Storage      threadkeep.db, in use by another process" in done.out


def test_a_storage_that_is_there_is_tried(threadkeep: Threadkeep, tmp_path):
    threadkeep("threads", "list", "--database", "sqlite:///threadkeep.db")
    done = threadkeep("doctor")
    assert f"Storage      SQLite file {tmp_path / 'threadkeep.db'}, can be read and wr" in done.out


def test_a_folder_that_is_not_there_is_a_problem(threadkeep: Threadkeep, tmp_path):
    done = threadkeep("doctor", "--database", "sqlite:///nix/threads.db")
    assert done.code == 1
    assert f"Problem: the folder {tmp_path / 'nix'} cannot be written to" in done.out


def test_a_storage_that_cannot_be_opened_is_one(threadkeep: Threadkeep, tmp_path):
    (tmp_path / "threadkeep.db").write_text("This is a text, and no database at all.")
    done = threadkeep("doctor")
    assert done.code == 1
    assert "Storage      threadkeep.db, which cannot be used\n" in done.out


def test_settings_are_shown_with_their_source_and_without_secrets(threadkeep: Threadkeep, tmp_path):
    (tmp_path / "threadkeep.toml").write_text("port = 9000\n")
    environ = {"THREADKEEP_API_KEY": "sk-secret", "THREADKEEP_PROT": "1"}
    done = threadkeep("settings", **environ)
    assert done.code == 0
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.lines}
    assert rows["port"] == ["9000", "threadkeep.toml, line 1"]
    assert rows["host"] == ["127.0.0.1", "default"]
    assert rows["api_keys[0].sha256"] == ["set", "environment variable THREADKEEP_API_KEY"]
    assert "no setting has the variable THREADKEEP_PROT; did you mean" in done.err
    as_json = threadkeep("settings", "--json", **environ)
    assert {"key": "port", "value": "9000", "source": "threadkeep.toml, line 1"} in json.loads(
        as_json.out
    )
    assert "sk-secret" not in done.out + as_json.out
