"""The documentation build: what it refuses."""

from __future__ import annotations

import pytest

from scripts import build_docs

PAGES = {
    "index.md": "# Home\n\nSee [the walk](walk/first.md#start).\n",
    "walk/first.md": "# Start\n",
}
NAVIGATION = "site_name: Trial\nnav:\n  - Home: index.md\n  - Walk:\n      - First: walk/first.md\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "mkdocs.yml").write_text(NAVIGATION)
    for name, text in PAGES.items():
        page = tmp_path / "docs" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    return tmp_path


def test_sound_pages_are_built(project):
    assert build_docs.main(project) == 0
    assert "Start" in (project / "site/walk/first/index.html").read_text()


@pytest.mark.parametrize("link", ["gone.md", "walk/first.md#nowhere"])
def test_a_broken_link_fails(project, link, capsys):
    (project / "docs/index.md").write_text(f"# Home\n\nSee [it]({link}).\n")
    assert build_docs.main(project) != 0
    assert "does not exist" in capsys.readouterr().out


def test_the_navigation_and_the_pages_must_agree(project, capsys):
    (project / "docs/walk/first.md").rename(project / "docs/walk/second.md")
    (project / "docs/index.md").write_text("# Home\n")
    assert build_docs.main(project) == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "mkdocs.yml names walk/first.md, which docs/ does not hold",
        "docs/walk/second.md is not in the navigation of mkdocs.yml",
    ]
