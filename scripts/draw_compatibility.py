"""Draw the tables of the compatibility page from the conformance tests' records; `--check` fails if they are stale.

What stands between two marks on the page is written here; the rest of it is written by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/reference/compatibility.md"
RECORDS: Final = ROOT / "tests/conformance/records"
DESCRIPTION: Final = ROOT / "src/threadkeep/server/openapi.json"
SHORT: Final = {
    "openai for Python": "Python",
    "AzureOpenAI for Python": "Azure OpenAI",
    "openai for Node": "Node",
    "LangChain's OpenAIAssistantRunnable": "LangChain",
    "Azure AI Agents for Python": "Azure AI Agents",
    "Agency Swarm": "Agency Swarm",
}
"""The clients in the order of the page, and how they are called at the head of a column."""
STREAMED: Final = " (streamed)"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of one client's conversation."""

    client: str
    version: str
    operations: list[str]
    notes: list[str]

    @property
    def place(self) -> tuple[int, list[int]]:
        """Where it stands among the others."""
        return list(SHORT).index(self.client), [int(number) for number in self.version.split(".")]


class Response(msgspec.Struct, frozen=True):
    """What an operation may answer, by content type."""

    content: dict[str, object] = {}


class Operation(msgspec.Struct, frozen=True):
    """An operation as the description of the API has it."""

    responses: dict[str, msgspec.Raw] = {}
    tags: list[str] = []

    @property
    def is_addition(self) -> bool:
        """Whether only this server has it."""
        return "Threadkeep" in self.tags

    @property
    def streams(self) -> bool:
        """Whether it can answer with events."""
        answer = msgspec.json.decode(self.responses["200"], type=Response)
        return "text/event-stream" in answer.content


class Description(msgspec.Struct, frozen=True):
    """The description of the API."""

    paths: dict[str, dict[str, Operation]]


def read_records() -> list[Record]:
    """All records, client by client, older versions first."""
    found = [msgspec.json.decode(path.read_bytes(), type=Record) for path in RECORDS.glob("*.json")]
    return sorted(found, key=lambda record: record.place)


def read_operations() -> list[str]:
    """Every operation of the hosted API, noun by noun; one that can be streamed stands there twice."""
    paths = msgspec.json.decode(DESCRIPTION.read_bytes(), type=Description).paths
    operations: list[str] = []
    for path, methods in paths.items():
        for method, operation in methods.items():
            if operation.is_addition:
                continue
            name = f"{method.upper()} {path}"
            operations += [name, name + STREAMED] if operation.streams else [name]
    return operations


def clients_table(records: list[Record]) -> list[str]:
    """A row per client and version."""
    return [
        "| client | version | operations called |",
        "| --- | --- | --- |",
        *(f"| {r.client} | {r.version} | {len(r.operations)} |" for r in records),
    ]


def operations_table(records: list[Record]) -> list[str]:
    """A row per operation, a column per client and version."""
    heads = " | ".join(f"{SHORT[r.client]} {r.version}" for r in records)
    rows = [
        f"| `{operation.removesuffix(STREAMED)}`{STREAMED if operation.endswith(STREAMED) else ''} | "
        + " | ".join("✓" if operation in r.operations else "·" for r in records)
        + " |"
        for operation in read_operations()
    ]
    return [f"| operation | {heads} |", "| --- |" + " :-: |" * len(records), *rows]


def differences(records: list[Record]) -> list[str]:
    """What is told of each client, with the versions that it holds for."""
    versions: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for note in record.notes:
            versions.setdefault((record.client, note), []).append(record.version)
    return [
        f"- **{client} {', '.join(found)}**: {note}" for (client, note), found in versions.items()
    ]


def page_with_tables(page: str) -> str:
    """The page, with everything between its marks drawn anew."""
    records = read_records()
    parts = {
        "clients": clients_table(records),
        "operations": operations_table(records),
        "differences": differences(records),
    }
    for name, lines in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        part = "\n\n".join([begin, "\n".join(lines), end])
        page = re.sub(f"{begin}.*?{end}", lambda _, part=part: part, page, flags=re.DOTALL)
    return page


def main(*, check: bool) -> int:
    """Write the page, or say that it is stale; answer the exit code."""
    before = PAGE.read_text()
    after = page_with_tables(before)
    if check and before != after:
        print(f"stale: {PAGE.name}; run scripts/draw_compatibility.py")
        return 1
    PAGE.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
