"""What the pages on models tell users to write is what the server takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from threadkeep.inference.catalogue import CATALOGUE
from threadkeep.inference.discovery import Discovery, discover
from threadkeep.inference.probing import USUAL_SERVERS
from threadkeep.settings.loading import load

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOWTO = (DOCS / "howto/choose-a-model.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference/routing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.+?)^```", HOWTO, re.MULTILINE | re.DOTALL)


async def discovered(block: str, folder: Path) -> Discovery:
    """What the server makes of a settings file."""
    file = folder / "threadkeep.toml"
    file.write_text(block)
    environ = {"HOSTED_KEY": "sk-1", "THREADKEEP_CACHE": str(folder)}
    return await discover(load(file=file, environ=environ).settings, environ)


@pytest.mark.parametrize("block", [block for block in BLOCKS if "[[routes]]" in block])
async def test_files_that_are_printed_can_be_used(block: str, tmp_path: Path):
    found = await discovered(block, tmp_path)
    assert found.findings[0].result == "used"
    assert found.routes[-1].pattern == "*"


async def test_old_names_go_where_the_page_says(tmp_path: Path):
    (block,) = (block for block in BLOCKS if "fallbacks" in block)
    assert (await discovered(block, tmp_path)).destinations() == [
        ("gpt-4o*", "vllm: qwen2.5-32b-instruct, else hosted: gpt-4.1"),
        ("gpt-*", "hosted: gpt-4.1-mini"),
        ("*", "hosted: the same name"),
    ]


async def test_a_model_file_can_be_named(tmp_path: Path):
    (block,) = (block for block in BLOCKS if "[local]" in block)
    file = tmp_path / "model.gguf"
    file.touch()
    local = (await discovered(re.sub(r"/models/.*gguf", str(file), block), tmp_path)).local
    assert local is not None
    assert (local.path, local.context_tokens) == (file, 8192)


def test_the_usual_ports_are_those_that_are_printed():
    ports = [str(server.port) for server in USUAL_SERVERS]
    assert f"({', '.join(ports)})" in HOWTO
    assert f"ports {', '.join(ports[:-1])} and {ports[-1]}" in REFERENCE
    for server in USUAL_SERVERS:
        assert f"`{server.upstream}`" in REFERENCE


def test_the_model_to_pull_is_in_the_catalogue():
    (name,) = re.findall(r"threadkeep models pull (\S+)", HOWTO)
    assert f"{CATALOGUE[name].wheel_bytes / 1e6:.0f} MB, {CATALOGUE[name].licence}" in HOWTO
