"""Asks a database, with no server in between, why a run stands where it stands."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from threadkeep.cli.diagnosis import settings_to_look
from threadkeep.engine.explanation import explanation
from threadkeep.errors import MissingError
from threadkeep.places import opened_storage
from threadkeep.settings import Settings
from threadkeep.types.run_explanation import RunExplanation


def explanation_from(settings: Settings, project: str, run_id: str) -> RunExplanation:
    """What the database says of the run. Raises `MissingError`."""
    return asyncio.run(_explained(settings, project, run_id))


async def _explained(settings: Settings, project: str, run_id: str) -> RunExplanation:
    async with AsyncExitStack() as stack:
        overview = (await opened_storage(settings_to_look(settings), stack)).overview
        standing = await overview.standing(project, run_id)
        if standing is None:
            raise MissingError("run", run_id)
        return explanation(standing, await overview.leases())
