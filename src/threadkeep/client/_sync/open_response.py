# Generated from src/threadkeep/client/_async/open_response.py by scripts/unasync.py. Edit that file, then run `make format`.
"""A response whose body is still coming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from threadkeep.transport import StreamedResponse


class OpenResponse:
    """Chunks of bytes as they arrive, until it is closed."""

    def __init__(self, response: StreamedResponse, stack: ExitStack) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._stack = stack

    def __iter__(self) -> Iterator[bytes]:
        return self._response.__iter__()

    def close(self) -> None:
        """Let go of the connection."""
        self._stack.close()
