"""A proxy between a client and a server that cuts connections in the middle of an answer, as a bad network does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

_PART = 4096


class CuttingProxy:
    """Passes on what both sides say; `base_url` is where a client finds it."""

    def __init__(self, base_url: str) -> None:
        self.target = base_url
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.accepted = 0
        self.bytes_before_cut: int | None = None
        """After so many bytes of an answer its connection is cut, each of them."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def start(self) -> None:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def stop(self) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break all connections that there are, in the middle of whatever is being said."""
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            _break(*connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        url = urlsplit(self.target)
        try:
            server = socket.create_connection((url.hostname or "", url.port or 0), timeout=5)
        except OSError:
            _break(client)
            return
        server.settimeout(None)
        with self._lock:
            self._connections.append((client, server))
        for source, sink, most in (
            (client, server, None),
            (server, client, self.bytes_before_cut),
        ):
            threading.Thread(
                target=_pass_on, args=(source, sink, most), name="proxy", daemon=True
            ).start()


def _pass_on(source: socket.socket, sink: socket.socket, most: int | None) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while part := source.recv(_PART):
            left = len(part) if most is None else most - passed
            sink.sendall(part[:left])
            passed += len(part)
            if left < len(part):
                break
        if most is None or passed <= most:
            sink.shutdown(socket.SHUT_WR)
            return
    _break(source, sink)


def _break(*connections: socket.socket) -> None:
    """Reset, so that the other side sees a broken connection and not an end."""
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextlib.contextmanager
def cutting_proxy(base_url: str) -> Iterator[CuttingProxy]:
    """A proxy in front of the server at `base_url`."""
    proxy = CuttingProxy(base_url)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
