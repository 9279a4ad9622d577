"""Which files can be searched, by the extensions of their names (contract §8)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

CODE: Final = frozenset({
    ".c", ".cpp", ".cs", ".css", ".go", ".java", ".js", ".json", ".php", ".py", ".rb", ".sh", ".ts",
})  # fmt: skip
PROSE: Final = frozenset({".doc", ".docx", ".html", ".md", ".pdf", ".pptx", ".tex", ".txt"})
SUPPORTED: Final = CODE | PROSE


def extension(filename: str) -> str:
    """With its dot and in small letters; empty if the name has none."""
    return PurePosixPath(filename).suffix.lower()


def unsupported(filenames: Iterable[str]) -> str | None:
    """The hosted service's sentence about those of these files that cannot be searched; None if all can."""
    extensions = dict.fromkeys(extension(name) or "none" for name in filenames)
    refused = [each for each in extensions if each not in SUPPORTED]
    if not refused:
        return None
    return (
        f"Files with extensions [{', '.join(refused)}] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )
