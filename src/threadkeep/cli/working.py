"""Runs a worker, from its lease to the handing over of what it has not finished."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

import click

from threadkeep.assembly import Application, assemble
from threadkeep.cli.garbage import collect_seldom
from threadkeep.cli.listening import STOP_SIGNALS, begin_log, listen
from threadkeep.cli.welcome import print_worker_welcome
from threadkeep.places import check_role
from threadkeep.server.event_loop import loop_factory
from threadkeep.settings.loading import EffectiveSettings


def work(effective: EffectiveSettings) -> None:
    """Work until a signal asks for the end; with a metrics port, answer there what operators ask."""
    if effective.settings.metrics_port is not None:
        listen(effective, "worker")
        return
    check_role(effective.settings, "worker")
    begin_log(effective.settings)
    application = assemble(
        effective.settings, effective.environ, on_progress=click.echo, role="worker"
    )
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work_on(application))


async def work_on(application: Application) -> None:
    """Start the application, let it work, and stop it whatever happens."""
    async with application:
        collect_seldom()
        with signals() as asked:
            print_worker_welcome(application.parts, application.settings, None)
            await asked.wait()
            asked.clear()
            draining = asyncio.create_task(application.drain())
            again = asyncio.create_task(asked.wait())
            await asyncio.wait([draining, again], return_when=asyncio.FIRST_COMPLETED)
            for task in (draining, again):
                task.cancel()
            await asyncio.wait([draining, again])


@contextmanager
def signals() -> Generator[asyncio.Event]:
    """Set by each signal that asks for the end."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask(*_: object) -> None:
        loop.call_soon_threadsafe(asked.set)

    before = {name: signal.signal(name, ask) for name in STOP_SIGNALS}
    try:
        yield asked
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
