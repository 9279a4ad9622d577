"""Keeps threads with three messages each, eight at a time, and prints the id of each that was acknowledged."""

from __future__ import annotations

import asyncio
import sys

from tests.support.records import PROJECT, new_message, new_thread
from threadkeep.storage.sqlite import SQLiteStorage


async def keep_on(storage: SQLiteStorage) -> None:
    while True:
        thread = new_thread()
        messages = [new_message(thread) for _ in range(3)]
        await storage.threads.insert(PROJECT, thread, messages)
        sys.stdout.write(f"{thread.id}\n")
        sys.stdout.flush()


async def main() -> None:
    storage = SQLiteStorage(sys.argv[1])
    await storage.open()
    await asyncio.gather(*(keep_on(storage) for _ in range(8)))


asyncio.run(main())
