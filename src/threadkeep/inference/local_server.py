"""The process in which the local model runs: llama.cpp's own server on a free port of 127.0.0.1.

It is started by `local.py` as `python -m threadkeep.inference.local_server`, with its orders as one line of JSON on
standard input. It answers with one line when the model can be used, and ends when standard input does: that is when
the process that started it is gone, however it went.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import Any, BinaryIO, Protocol

import msgspec

HOST = "127.0.0.1"


class Orders(msgspec.Struct, frozen=True):
    """What to run."""

    path: str
    name: str
    api_key: str
    threads: int
    context_tokens: int


class Ready(msgspec.Struct, frozen=True):
    """Where the model can be asked."""

    url: str


class _Server(Protocol):
    listening_address: str


def main() -> None:
    """Run the model until standard input ends."""
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    watch = threading.Thread(target=_exit_with_input, daemon=True)
    watch.start()
    answers = _private_output()
    server = _started(orders)
    answers.write(msgspec.json.encode(Ready(f"{server.listening_address}/v1")) + b"\n")
    answers.flush()
    watch.join()


def _exit_with_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # An orderly end would wait for replies that nobody reads any more.
    os._exit(0)


def _private_output() -> BinaryIO:
    """Standard output for us alone: what the library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _started(orders: Orders) -> _Server:
    # It comes without types; this process alone loads its 100 MB.
    xllamacpp: Any = importlib.import_module("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = orders.path
    parameters.model_alias = {orders.name}
    parameters.hostnames = [HOST]
    parameters.port = 0
    parameters.api_keys = [orders.api_key]
    parameters.n_ctx = orders.context_tokens
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = orders.threads
    parameters.cpuparams_batch.n_threads = orders.threads
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = 0
    return xllamacpp.Server(parameters)


if __name__ == "__main__":
    main()
