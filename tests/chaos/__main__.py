"""The long versions: `make chaos`, or `python -m tests.chaos --help`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.chaos.caller import Caller
from tests.chaos.embedded import EmbeddedServer, kill_again_and_again
from tests.chaos.keeping import check_kept
from tests.chaos.load import Load
from tests.chaos.report import report
from tests.chaos.script import Script
from tests.support.scripted_model import ScriptedModel


async def embedded(kills: int, seed: int) -> str:
    """kill -9 of the embedded server, again and again."""
    script = Script()
    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        model.answer(script)
        server = EmbeddedServer(Path(folder), model.base_url)
        caller = Caller([server.url])
        await server.start()
        try:
            started_at = time.monotonic()
            async with Load(caller, seed=seed) as load:
                await kill_again_and_again(server, load, kills, seed=seed)
                await load.finish()
            seconds = time.monotonic() - started_at
            await check_kept(load.ledger, caller)
        finally:
            await server.kill()
            await caller.close()
    return report(f"{kills} kills of the embedded server", load.ledger, script, seconds)


def main() -> None:
    """Run what was asked for and print its table."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--embedded-kills", type=int, default=200, help="[200]")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance  [1]")
    flags = parser.parse_args()
    if flags.embedded_kills:
        print(asyncio.run(embedded(flags.embedded_kills, flags.seed)))


if __name__ == "__main__":
    main()
