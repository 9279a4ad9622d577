"""Row 4: a program that does nothing but import the client and make one call, against the official SDK; CPU."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Final

from bench.measuring import ROUNDS
from bench.processes import kept_bytecode, new_folder
from bench.responder import ResponderProcess
from bench.table import Line

_PROGRAM: Final = """
import sys
from {package} import {client}
client = {client}(base_url=sys.argv[1], api_key="any")
assert client.beta.threads.retrieve("thread_abc").id == "thread_abc"
"""
_PROGRAMS: Final = {
    "nothing": "pass",
    "official SDK": _PROGRAM.format(package="openai", client="OpenAI"),
    "threadkeep": _PROGRAM.format(package="threadkeep", client="Client"),
}


def first_call() -> Iterator[Line]:
    """Row 4; what Python takes to start is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    with ResponderProcess() as responder, new_folder() as folder:
        environ = {**os.environ, **kept_bytecode(folder)}
        for number in range(ROUNDS + 1):
            for name, program in _PROGRAMS.items():
                seconds = _cpu_of(program, responder.base_url, environ)
                if number:
                    taken[name].append(seconds)
    python, theirs, ours = (median(seconds) for seconds in taken.values())
    beside = (
        f"official SDK {(theirs - python) * 1e3:,.0f} ms CPU, ours {(ours - python) * 1e3:,.0f} ms"
    )
    ratio = (ours - python) / (theirs - python)
    yield Line("client: import and first call, CPU", ratio, "", ("≤", 0.10), beside)


def _cpu_of(program: str, argument: str, environ: Mapping[str, str]) -> float:
    before = _cpu_of_children()
    quiet = [sys.executable, "-W", "ignore", "-c", program, argument]
    subprocess.run(quiet, check=True, env=environ)
    return _cpu_of_children() - before


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
