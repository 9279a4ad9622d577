"""The files that put a server somewhere are well formed, and what they start is what there is."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from compose_spec import PyCompose

from tests.support.unit_files import DIRECTIVES, read_unit
from threadkeep.cli.app import app
from threadkeep.settings.environment import unknown_variables

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
COMPOSE = ROOT / "compose.yaml"
INSTRUCTIONS = {
    "FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK",
    "ENTRYPOINT", "CMD",
}  # fmt: skip


def parsed(arguments: list[str]) -> dict[str, Any]:
    """The flags of a command, as the command line takes them. Raises `click.UsageError`."""
    name, *flags = arguments
    command = app.commands[name]
    return command.make_context(name, flags, parent=click.Context(app)).params


# compose.yaml -------------------------------------------------------------------------------------


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


def nodes(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that are ours."""
    return {name: each for name, each in compose["services"].items() if "build" in each}


def test_compose_is_what_its_specification_says(compose: dict[str, Any]):
    names = PyCompose.from_json(json.dumps(compose)).service_names()
    assert sorted(names) == ["api", "migrate", "nats", "postgres", "worker"]
    with pytest.raises(ValueError, match="prots"):
        PyCompose.from_json(json.dumps({"services": {"api": {"image": "a", "prots": []}}}))


def test_compose_starts_two_nodes_of_each_kind(compose: dict[str, Any]):
    services = nodes(compose)
    assert parsed(services["api"]["command"])["is_api"] is True
    assert parsed(services["worker"]["command"]) is not None
    assert parsed(services["migrate"]["command"]) is not None
    assert {services[name]["deploy"]["replicas"] for name in ("api", "worker")} == {2}


def test_compose_sets_what_there_is_to_set(compose: dict[str, Any]):
    for service in nodes(compose).values():
        assert list(unknown_variables(service["environment"])) == []


def test_compose_begins_with_no_secret_of_its_own():
    text = COMPOSE.read_text()
    for name in ("POSTGRES_PASSWORD", "THREADKEEP_API_KEY", "THREADKEEP_UPSTREAM_URL"):
        assert f"${{{name}:?" in text


def test_compose_waits_for_what_it_needs(compose: dict[str, Any]):
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
    assert "healthcheck" in services["postgres"]
    looked_at = {name: services[name]["healthcheck"]["test"][-1] for name in ("api", "worker")}
    assert all("/health/ready" in each for each in looked_at.values())


# Dockerfile ---------------------------------------------------------------------------------------


@pytest.fixture
def dockerfile() -> list[tuple[str, str]]:
    """Its instructions, in their order."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    found = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return [(name, rest) for name, rest in found]


def test_the_image_is_made_of_known_instructions(dockerfile: list[tuple[str, str]]):
    assert {name for name, _ in dockerfile} <= INSTRUCTIONS
    assert dockerfile[0][0] == "FROM"


def test_the_image_takes_what_is_there_and_not_ignored(dockerfile: list[tuple[str, str]]):
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    for name, rest in dockerfile:
        if name != "COPY" or rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, rule) for rule in let_in), source


def test_the_image_runs_as_nobody_special_and_starts_the_server(dockerfile: list[tuple[str, str]]):
    last = dict(dockerfile)
    assert last["USER"] not in {"root", "0"}
    assert json.loads(last["ENTRYPOINT"]) == ["threadkeep"]
    assert parsed(json.loads(last["CMD"]))["host"] == "0.0.0.0"
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()
    assert "/health/live" in last["HEALTHCHECK"]


# systemd ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_what_systemd_reads(path: Path):
    unit = read_unit(path)
    assert set(unit) == set(DIRECTIVES)
    program, *arguments = shlex.split(unit["Service"]["ExecStart"].replace("%i", "9401"))
    assert program.endswith("/bin/threadkeep")
    assert parsed(arguments) is not None


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_may_do_nothing_that_it_need_not(path: Path):
    service = read_unit(path)["Service"]
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    for name in ("NoNewPrivileges", "DynamicUser", "PrivateTmp", "ProtectHome"):
        assert service[name] == "yes"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_gives_runs_the_time_that_they_have(path: Path):
    from threadkeep.settings import EngineSettings

    engine = EngineSettings()
    needed = engine.drain_seconds + 3 * engine.lease_seconds
    assert int(read_unit(path)["Service"]["TimeoutStopSec"]) > needed


def test_there_is_a_unit_for_each_kind_of_node():
    names = [path.name for path in UNITS]
    assert names == ["threadkeep-api.service", "threadkeep-worker@.service", "threadkeep.service"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[Service]\nNoNewPriviliges=yes\n", "unknown NoNewPriviliges"),
        ("[Service]\nPrivateTmp=sure\n", "does not take 'sure'"),
        ("[Servce]\nType=exec\n", "unknown Type in [Servce]"),
        ("[Service]\nType exec\n", "neither a section nor a directive"),
    ],
)
def test_the_reader_of_units_sees_mistakes(tmp_path: Path, text: str, complaint: str):
    path = tmp_path / "odd.service"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read_unit(path)
