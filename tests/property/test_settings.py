"""Every key of the settings can be set by the file and by its variable, to the same effect."""

import json
import typing

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.settings import Settings
from threadkeep.settings.layer import contains
from threadkeep.settings.loading import load
from threadkeep.settings.schema import keys_of, metas, plain, settable_by_variable, variable
from threadkeep.settings.toml_file import line_of

printable = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
texts = st.text(printable, min_size=1, max_size=20)
names = st.text("abcdefghijklmnopqrstuvwxyz-_", min_size=1, max_size=8)


def values(hint):
    """Any value that `hint` takes."""
    bare = plain(hint)
    for meta in metas(hint):
        if meta.pattern:
            return st.from_regex(meta.pattern.removesuffix("$"), fullmatch=True)
    if typing.get_origin(bare) is typing.Literal:
        return st.sampled_from(typing.get_args(bare))
    headers = st.dictionaries(names, texts, max_size=2)
    least = max([1, *(meta.ge for meta in metas(hint) if meta.ge is not None)])
    numbers = {bool: st.booleans(), int: st.integers(least, 65535), float: st.floats(0.001, 1e6)}
    return numbers.get(bare, texts if bare is str else headers)


def tables(table):
    """Any table of that kind, with any of its keys."""
    keys = keys_of(table).values()
    required = {key.name: content(key) for key in keys if key.is_required}
    optional = {key.name: content(key) for key in keys if not key.is_required}
    return st.fixed_dictionaries(required, optional=optional)


def content(key):
    """Whatever may stand at `key`."""
    match key.shape:
        case "value":
            return values(key.hint)
        case "table":
            return tables(key.table)
        case "tables by name":
            return st.dictionaries(
                names.filter(lambda name: name != "local"), tables(key.table), max_size=2
            )
        case "list of tables":
            return st.lists(tables(key.table), max_size=2)


def fitting(data):
    """Make what belongs together fit together."""
    known = [*data.get("upstreams", {}), "local"]
    for route in data.get("routes", []):
        for place in (route, *route.get("fallbacks", [])):
            place["upstream"] = known[0]
    for key in data.get("api_keys", []):
        key.pop("sha256", None)
        key["env"] = "SOME_KEY"
    if not data.get("database", "").startswith("postgres"):
        data.pop("bus", None)
    return data


settings_data = tables(Settings).map(fitting)


@given(settings_data)
def test_what_the_file_says_is_what_holds(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("settings") / "threadkeep.toml"
    file.write_text(TomlText(data).text, encoding="utf-8", newline="")
    assert load(file=file, environ={}).settings == msgspec.convert(data, Settings)


@given(settings_data)
def test_what_the_variables_say_is_what_holds(data):
    environ = {
        variable(path): as_text(value_at(data, path))
        for path, _ in settable_by_variable()
        if contains(data, path)
    }
    assert load(environ=environ).settings == msgspec.convert(data, Settings)


@given(settings_data)
def test_every_value_knows_the_line_on_which_it_is_set(data):
    written = TomlText(data)
    for path, line in written.lines_by_path.items():
        assert line_of(path, written.text) == line


def as_text(value):
    """A value as a variable holds it."""
    return value if isinstance(value, str) else json.dumps(value)


def value_at(data, path):
    for part in path:
        data = data[part]
    return data


class TomlText:
    """Plain data as TOML, one statement a line, tables after values; it notes each line."""

    def __init__(self, data):
        self.lines = []
        self.lines_by_path = {}
        self.write_table(data, (), "")
        self.text = "\n".join(self.lines) + "\n"

    def write_table(self, table, path, header):
        for name, value in table.items():
            if not has_tables(value):
                self.lines.append(f"{as_toml(name)} = {as_toml(value)}")
                self.lines_by_path[(*path, name)] = len(self.lines)
        for name, value in table.items():
            inner = f"{header}.{as_toml(name)}".removeprefix(".")
            if isinstance(value, dict):
                self.lines.append(f"[{inner}]")
                self.write_table(value, (*path, name), inner)
            elif has_tables(value):
                for place, item in enumerate(value):
                    self.lines.append(f"[[{inner}]]")
                    self.write_table(item, (*path, name, place), inner)


def has_tables(value):
    return isinstance(value, dict) or (isinstance(value, list) and bool(value))


def as_toml(value):
    """A name, a text, a number or an empty list: TOML writes these as JSON does."""
    return json.dumps(value, ensure_ascii=False)
