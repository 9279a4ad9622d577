"""Write the parts of the reference that come from the code: commands and settings; `--check` fails if they are stale.

A generated part stands between two comments that name it; what stands around it is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from threadkeep.cli.app import app
from threadkeep.settings import Settings
from threadkeep.settings.checking import expectation
from threadkeep.settings.environment import OTHER_VARIABLES
from threadkeep.settings.schema import Key, KeyPath, dotted, keys_of, variable

REFERENCE: Final = Path(__file__).parent.parent / "docs/reference"
HELP_WIDTH: Final = 98
"""What a wide terminal gives."""


def main(*, only_check: bool) -> int:
    """Write the pages, or say which are stale; answer the exit code."""
    stale: list[Path] = []
    for name, parts in PAGES.items():
        page = REFERENCE / name
        before = page.read_text(encoding="utf-8")
        after = written(before, parts)
        if before == after:
            continue
        stale.append(page)
        if not only_check:
            page.write_text(after, encoding="utf-8")
    for page in stale:
        print(f"{'stale' if only_check else 'written'}: docs/reference/{page.name}")
    return 1 if stale and only_check else 0


def written(page: str, parts: dict[str, Callable[[], str]]) -> str:
    """Answer the page with its generated parts made anew."""
    for name, part in parts.items():
        begin, end = (
            f"<!-- {name}: written by scripts/write_reference.py -->\n",
            f"<!-- end of {name} -->",
        )
        before, opening, rest = page.partition(begin)
        _, closing, after = rest.partition(end)
        assert opening, f"the page has no place for: {name}"
        assert closing, f"the place for {name} has no end"
        page = before + begin + part() + end + after
    return page


# Commands -----------------------------------------------------------------------------------------


def commands() -> str:
    """Answer what every command says with `--help`."""
    return "".join(help_section(context) for context in contexts(app, None))


def contexts(command: click.Command, parent: click.Context | None) -> Iterator[click.Context]:
    """Give a command and all commands below it."""
    name = command.name if parent else "threadkeep"
    context = click.Context(
        command, parent, info_name=name, terminal_width=HELP_WIDTH, **command.context_settings
    )
    yield context
    if isinstance(command, click.Group):
        for inner in sorted(command.commands):
            yield from contexts(command.commands[inner], context)


def help_section(context: click.Context) -> str:
    """Answer the section about one command."""
    return f"\n## {context.command_path}\n\n```text\n{context.get_help()}\n```\n"


# Settings -----------------------------------------------------------------------------------------


def settings() -> str:
    """Answer a table of keys for each table of the settings file."""
    tables = [key for key in keys_of(Settings).values() if key.shape != "value"]
    sections = [settings_section(key, (key.name,)) for key in tables]
    return "".join([f"\n{key_table(Settings, ())}", *sections])


def settings_section(key: Key, path: KeyPath) -> str:
    """Answer the section about a table, or about tables of one kind."""
    title = {
        "table": f"`[{dotted(path)}]`",
        "tables by name": f"`[{dotted(path)}.NAME]`",
        "list of tables": f"`[[{dotted(path)}]]`",
        "value": "",
    }[key.shape]
    section = f"\n## {title}\n\n{key.table.__doc__}\n\n{key_table(key.table, path)}"
    for inner in keys_of(key.table).values():
        if inner.shape != "value":
            section += settings_section(inner, (*path, inner.name))
    return section


def key_table(table: type[msgspec.Struct], path: KeyPath) -> str:
    """Answer the rows about the keys of one table."""
    is_fixed = path in {(key.name,) for key in keys_of(Settings).values() if key.shape == "table"}
    has_variables = is_fixed or not path
    columns = ["key", "takes", "default", "variable", "meaning"]
    rows = [
        key_row(key, (*path, key.name), has_variable=has_variables)
        for key in keys_of(table).values()
    ]
    if not has_variables:
        columns.remove("variable")
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def key_row(key: Key, path: KeyPath, *, has_variable: bool) -> list[str]:
    """Answer the row about one key."""
    cells = [f"`{key.name}`", takes(key), default(key)]
    if has_variable:
        cells.append("" if key.shape == "table" else f"`{variable(path)}`")
    return [*cells, key.description]


def takes(key: Key) -> str:
    """Answer what a key takes, in words."""
    return (
        expectation(key.hint)
        if key.shape == "value"
        else {"list of tables": "tables"}.get(key.shape, key.shape)
    )


def default(key: Key) -> str:
    """Answer what holds if the key is left out."""
    if key.is_required:
        return "must be set"
    if key.default is None or isinstance(key.default, msgspec.Struct) or key.default in ([], {}):
        return ""
    return f"`{key.default}`" if isinstance(key.default, str) else f"`{as_toml(key.default)}`"


def as_toml(value: Any) -> str:
    """Answer a value as the file has it."""
    return msgspec.json.encode(value).decode()


def variables() -> str:
    """Answer the variables that set no key."""
    rows = [f"| `{name}` | {meaning} |\n" for name, meaning in OTHER_VARIABLES.items()]
    return "".join(["\n| variable | meaning |\n| --- | --- |\n", *rows])


PAGES: Final[dict[str, dict[str, Callable[[], str]]]] = {
    "cli.md": {"commands": commands},
    "settings.md": {"settings": settings, "variables": variables},
}


if __name__ == "__main__":
    sys.exit(main(only_check="--check" in sys.argv))
