"""Generate the sync client, and its tests, from the async ones; `--check` fails if they differ.

Only names are touched: `async` and `await` go, and what bears an asynchronous name gets its
synchronous one from the table below. Comments and docstrings stay as they are, so write them
without either word. A string that is nothing but such a name (in `__all__`) is renamed as well.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TWINS = {
    "src/threadkeep/client/_async": "src/threadkeep/client/_sync",
    "tests/client/_async": "tests/client/_sync",
}
HEADER = (
    "# Generated from {source} by scripts/unasync.py. Edit that file, then run `make format`.\n"
)

DROPPED = {"async", "await"}
# Beside these, every name loses a leading `Async`: AsyncClient, AsyncIterator, AsyncThreads.
RENAMED = {
    "AsyncPager": "Page",  # the sync client fetches the first page at once
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "_async": "_sync",
    "aclose": "close",
    "aclosing": "closing",
    "aiter": "iter",
    "anext": "next",
    "apause": "pause",
    "aread": "read",
    "async_client": "client",
    "asynccontextmanager": "contextmanager",
    "atogether": "together",
    "enter_async_context": "enter_context",
    "plain_http": "blocking_http",  # the transports over it share all but the waiting
}
ASYNC_NAME = re.compile(r"(_*)Async([A-Z]\w*)")
PLAIN_STRING = re.compile(r"""(["'])(\w+)\1""")


def unasync(source: str) -> str:
    """Drop `async` and `await`, rename what the table names, leave every other byte alone."""
    lines = source.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        row, start = token.start
        if (new := sync_text(token)) is not None:
            line = lines[row - 1]
            rest = line[token.end[1] :]
            lines[row - 1] = line[:start] + (new + rest if new else rest.lstrip(" "))
    return "".join(lines)


def sync_text(token: tokenize.TokenInfo) -> str | None:
    """Answer what stands for a token in the sync file; None where it stays."""
    if token.type == tokenize.NAME:
        return "" if token.string in DROPPED else renamed(token.string)
    if token.type == tokenize.STRING and (plain := PLAIN_STRING.fullmatch(token.string)):
        quote, name = plain.groups()
        return quote + renamed(name) + quote
    return None


def renamed(name: str) -> str:
    """Answer the sync name of an async one; any other name is its own."""
    if name in RENAMED:
        return RENAMED[name]
    return ASYNC_NAME.sub(r"\1\2", name) if ASYNC_NAME.fullmatch(name) else name


def generate(root: Path = ROOT) -> dict[Path, str]:
    """Answer the text of every generated file by its path under `root`."""
    texts: dict[Path, str] = {}
    for source_folder, target_folder in TWINS.items():
        for source in sorted((root / source_folder).rglob("*.py")):
            target = Path(target_folder) / source.relative_to(root / source_folder)
            header = HEADER.format(source=source.relative_to(root).as_posix())
            texts[target] = header + unasync(source.read_text())
    return formatted(texts)


def formatted(texts: dict[Path, str]) -> dict[Path, str]:
    """Sort the imports and format, as ruff would do in place."""
    if not texts:
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        ruff("check", "--select", "I", "--fix-only", folder)
        ruff("format", folder)
        return {path: (folder / path).read_text() for path in texts}


def ruff(command: str, *arguments: str | Path) -> None:
    """Run ruff with the project's own settings on files that lie elsewhere."""
    settings = ["--config", ROOT / "pyproject.toml", "--no-cache", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "ruff", command, *settings, *arguments], cwd=ROOT, check=True
    )


def differences(texts: dict[Path, str], root: Path = ROOT) -> tuple[list[Path], list[Path]]:
    """Answer which generated files are stale or missing, and which have no source any more."""
    stale = [
        path
        for path, text in texts.items()
        if not (root / path).exists() or (root / path).read_text() != text
    ]
    present = [path for folder in TWINS.values() for path in (root / folder).rglob("*.py")]
    orphans = [path.relative_to(root) for path in present if path.relative_to(root) not in texts]
    return stale, sorted(orphans)


def main(*, check: bool, root: Path = ROOT) -> int:
    """Write what is stale and remove orphans, or with `check` only tell; answer the exit code."""
    texts = generate(root)
    stale, orphans = differences(texts, root)
    if not check:
        for path in stale:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(texts[path])
        for path in orphans:
            (root / path).unlink()
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path}")
    for path in orphans:
        print(f"{'orphan' if check else 'removed'}: {path}")
    if check and (stale or orphans):
        print("Run `make format`.")
        return 1
    print(f"{len(texts)} generated files are up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
