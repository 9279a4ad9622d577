"""The pages for operators: their commands are run as they are printed, their settings are read, their numbers exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
import yaml

from tests.support.conversation import finish, new_assistant, new_run, new_thread, texts
from tests.support.http import Http
from tests.support.metrics import numbers
from tests.support.postgres_server import PostgresServer, binaries
from tests.support.running_server import RunningServer, StartServer, settings_for
from tests.support.scripted_model import ScriptedModel
from tests.support.uploads import upload
from threadkeep.cli.app import app
from threadkeep.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [
    DOCS / "howto" / f"{name}.md"
    for name in (
        "run-on-many-machines", "move-to-postgresql", "back-up-and-restore", "upgrade", "observe",
    )
]  # fmt: skip


def blocks(page: Path, language: str) -> list[str]:
    """The code of a page in one language."""
    pattern = rf"^( *)```{language}\n(.+?)^ *```"
    found = re.findall(pattern, page.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def commands() -> list[list[str]]:
    """Every line of the pages that runs `threadkeep`."""
    lines = [
        line.strip()
        for page in PAGES
        for code in blocks(page, "sh")
        for line in code.splitlines()
        if re.match(r"(opentelemetry-instrument )?threadkeep ", line.strip())
    ]
    words = [
        shlex.split(line.removeprefix("opentelemetry-instrument "), comments=True) for line in lines
    ]
    return [each[1:] for each in words]


@pytest.mark.parametrize("command", sorted({shlex.join(each) for each in commands()}))
def test_every_command_is_one(command: str):
    name, *flags = shlex.split(command)
    group: Any = app.commands[name]
    context = group.make_context(name, flags, parent=click.Context(app))
    assert context.params is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_is_one(page: Path):
    for code in blocks(page, "toml"):
        assert msgspec.convert(tomllib.loads(code), Settings)


def told_by(page: str) -> set[str]:
    return set(re.findall(r"^\| `(threadkeep_\w+)` \|", page, re.MULTILINE))


def test_the_numbers_on_the_page_are_those_that_are_told(running_server: RunningServer):
    families = numbers(running_server.url).families.values()
    there = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    assert told_by((DOCS / "howto/observe.md").read_text()) == there


def test_alerts_are_about_numbers_that_there_are():
    page = DOCS / "howto/observe.md"
    (code,) = blocks(page, "yaml")
    rules = yaml.safe_load(code)["groups"][0]["rules"]
    for rule in rules:
        asked = set(re.findall(r"threadkeep_\w+", rule["expr"]))
        assert asked
        assert asked <= told_by(page.read_text())


def test_a_backup_of_a_running_server_is_whole(
    start_server: StartServer, scripted_model: ScriptedModel, tmp_path: Path
):
    take, restore = blocks(DOCS / "howto/back-up-and-restore.md", "sh")[:2]
    server = start_server()
    http = server.http
    file = upload(http, b"bytes of a file", purpose="batch")["id"]
    thread = new_thread(http, "Hello")
    finish(http, new_run(http, thread, new_assistant(http)))
    said = texts(http, thread)

    run_shell(take, tmp_path)
    new_thread(http, "Not in the backup")
    server.stop()
    run_shell(restore, tmp_path)

    restored = RunningServer(settings_for(scripted_model, tmp_path / "threadkeep.db"))
    restored.start()
    try:
        http = restored.http
        assert texts(http, thread) == said
        assert len(http.ok("GET", "/threads")["data"]) == 1
        assert Http(restored.base_url).get(f"/files/{file}/content").body == b"bytes of a file"
    finally:
        restored.stop()


def run_shell(code: str, folder: Path, **environ: str) -> None:
    """Run lines of a page; Python is that of the tests, and PostgreSQL's programs are those of its server."""
    path = os.pathsep.join((str(Path(sys.executable).parent), str(binaries()), os.environ["PATH"]))
    done = subprocess.run(
        ["sh", "-eu", "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(180)
def test_a_dump_of_postgresql_is_whole(
    own_postgres: PostgresServer, scripted_model: ScriptedModel, tmp_path: Path
):
    dump, restore = blocks(DOCS / "howto/back-up-and-restore.md", "sh")[2:4]
    settings = settings_for(scripted_model, tmp_path / "unused.db")
    server = RunningServer(msgspec.structs.replace(settings, database=own_postgres.dsn()))
    server.start()
    http = server.http
    file = upload(http, b"bytes of a file", purpose="batch")["id"]
    thread = new_thread(http, "Hello")
    finish(http, new_run(http, thread, new_assistant(http)))
    said = texts(http, thread)

    run_shell(dump, tmp_path, THREADKEEP_DATABASE=own_postgres.dsn())
    server.stop()
    target = own_postgres.dsn("threadkeep_restored")
    own_postgres.run_sql("create database threadkeep_restored")
    printed = "postgresql://threadkeep@db/threadkeep_restored"
    assert printed in restore
    line = next(line for line in restore.splitlines() if line.startswith("pg_restore"))
    run_shell(line.replace(printed, target), tmp_path)

    restored = RunningServer(msgspec.structs.replace(settings, database=target))
    restored.start()
    try:
        assert texts(restored.http, thread) == said
        assert restored.http.get(f"/files/{file}/content").body == b"bytes of a file"
        new_thread(restored.http, "One more")
    finally:
        restored.stop()
