"""Row 15: a cold start of `serve`, to the first request that is answered; and what it holds when nobody asks."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from bench.measuring import ROUNDS
from bench.processes import cpu_of, free_port, kept_bytecode, memory_of, new_folder, serving
from bench.table import Line

_IDLE_SECONDS: Final = 2.0


class Start(NamedTuple):
    """CPU and wall seconds to the first answer, and bytes of memory a moment later."""

    cpu: float
    wall: float
    memory: int


def cold() -> Iterator[Line]:
    """Row 15."""
    with new_folder() as folder:
        starts = [_start(folder / f"{number}.db") for number in range(ROUNDS + 1)][1:]
    wall = f"{median(start.wall for start in starts):.2f} s by the clock, on a new file"
    cpu = median(start.cpu for start in starts)
    yield Line("cold start of serve to the first answer, CPU", cpu, "s", ("≤", 1.0), wall)
    memory = median(start.memory for start in starts)
    yield Line("memory of serve, idle", memory / 1e6, "MB", ("≤", 60))


def _start(database: Path) -> Start:
    port = free_port()
    command = [sys.executable, "-m", "threadkeep", "serve", "--port", str(port)]
    command += ["--database", f"sqlite:///{database}"]
    calm = {"THREADKEEP_DETECT_MODELS": "false", **kept_bytecode(database.parent)}
    began = time.perf_counter()
    with serving(command, port, "/v1/threads/none", calm) as pid:
        wall, cpu = time.perf_counter() - began, cpu_of(pid)
        time.sleep(_IDLE_SECONDS)
        return Start(cpu, wall, memory_of(pid))
