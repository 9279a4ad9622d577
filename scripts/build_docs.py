"""Build `docs/` into `site/`; fails on a broken link, a missing page, and a page nobody is led to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]


def main(root: Path = ROOT) -> int:
    """Check the navigation, then build with every warning an error; answer the exit code."""
    mistakes = navigation_mistakes(root)
    for mistake in mistakes:
        print(mistake)
    built = subprocess.run(BUILD, cwd=root, check=False, text=True, stderr=subprocess.PIPE)
    # What zensical found stands before the traceback with which it stops.
    print(built.stderr.partition("Traceback")[0], end="")
    return 1 if mistakes else built.returncode


def navigation_mistakes(root: Path) -> list[str]:
    """Answer what the navigation and the pages do not agree on, a line for each."""
    named = set(pages_of(yaml.safe_load((root / "mkdocs.yml").read_text())["nav"]))
    written = {path.relative_to(root / "docs").as_posix() for path in (root / "docs").rglob("*.md")}
    return [
        f"mkdocs.yml names {page}, which docs/ does not hold" for page in sorted(named - written)
    ] + [f"docs/{page} is not in the navigation of mkdocs.yml" for page in sorted(written - named)]


def pages_of(entry: str | list[Any] | dict[str, Any]) -> list[str]:
    """Answer the pages that a part of the navigation names: text, a list, or titles with either."""
    if isinstance(entry, str):
        return [entry]
    parts: Iterable[Any] = entry.values() if isinstance(entry, dict) else entry
    return [page for part in parts for page in pages_of(part)]


if __name__ == "__main__":
    sys.exit(main())
