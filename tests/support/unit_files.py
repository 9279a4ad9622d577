"""Unit files of systemd, read as systemd reads them, for machines that have none.

Knows the directives that this project uses and what each takes; anything else is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

Check: TypeAlias = Callable[[str], bool]


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _matching(pattern: str) -> Check:
    return lambda value: re.fullmatch(pattern, value) is not None


_BOOLEAN: Final = _one_of("yes", "no")
_TEXT: Final = _matching(r"\S.*")
_SECONDS: Final = _matching(r"\d+")
_NAME: Final = _matching(r"[a-z][a-z0-9-]*")
_UNITS: Final = _matching(r"[\w@.-]+\.(target|service)( [\w@.-]+\.(target|service))*")
_PATH: Final = _matching(r"-?(/|%S/)[\w./%@-]+")

DIRECTIVES: Final[dict[str, dict[str, Check]]] = {
    "Unit": {"Description": _TEXT, "Wants": _UNITS, "After": _UNITS},
    "Service": {
        "Type": _one_of("exec", "simple", "notify", "oneshot", "forking"),
        "ExecStart": _matching(r"/\S+( \S+)*"),
        "EnvironmentFile": _PATH,
        "Environment": _matching(r"[A-Z_]+=\S+"),
        "DynamicUser": _BOOLEAN,
        "User": _NAME,
        "StateDirectory": _NAME,
        "WorkingDirectory": _PATH,
        "Restart": _one_of("no", "always", "on-failure", "on-abnormal"),
        "RestartSec": _SECONDS,
        "KillMode": _one_of("control-group", "mixed", "process"),
        "TimeoutStopSec": _SECONDS,
        "CapabilityBoundingSet": _matching(r"(CAP_[A-Z_]+ ?)*"),
        "AmbientCapabilities": _matching(r"(CAP_[A-Z_]+ ?)*"),
        "ProtectSystem": _one_of("yes", "no", "full", "strict"),
        "ProtectHome": _one_of("yes", "no", "read-only", "tmpfs"),
        "ProtectProc": _one_of("default", "invisible", "ptraceable", "noaccess"),
        **dict.fromkeys(
            (
                "NoNewPrivileges", "ProtectClock", "ProtectHostname", "ProtectControlGroups",
                "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
                "PrivateDevices", "PrivateTmp", "RestrictNamespaces", "RestrictRealtime",
                "RestrictSUIDSGID", "LockPersonality", "RemoveIPC",
            ),
            _BOOLEAN,
        ),
        "RestrictAddressFamilies": _matching(r"AF_[A-Z0-9]+( AF_[A-Z0-9]+)*"),
        "SystemCallArchitectures": _one_of("native"),
        "SystemCallFilter": _matching(r"~?@[a-z-]+( @[a-z-]+)*"),
        "SystemCallErrorNumber": _matching(r"E[A-Z]+"),
        "UMask": _matching(r"0[0-7]{3}"),
        "LimitNOFILE": _matching(r"\d+"),
    },
    "Install": {"WantedBy": _UNITS},
}  # fmt: skip
"""What may stand in each section, and what it takes."""

UnitFile: TypeAlias = dict[str, dict[str, str]]
"""Values by section and directive."""


def read_unit(path: Path) -> UnitFile:
    """The file. Raises ValueError for the first thing that systemd would not take."""
    unit: UnitFile = {}
    for number, section, name, value in _lines(path):
        check = DIRECTIVES.get(section, {}).get(name)
        if check is None:
            raise ValueError(f"{path.name}, line {number}: unknown {name} in [{section}]")
        if not check(value):
            raise ValueError(f"{path.name}, line {number}: {name} does not take {value!r}")
        unit.setdefault(section, {})[name] = value
    return unit


def _lines(path: Path) -> Iterator[tuple[int, str, str, str]]:
    section = ""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line or line.startswith(("#", ";")):
            continue
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found[1]
        elif found := re.fullmatch(r"(\w+)=(.*)", line):
            yield number, section, found[1], found[2]
        else:
            raise ValueError(f"{path.name}, line {number}: neither a section nor a directive")
