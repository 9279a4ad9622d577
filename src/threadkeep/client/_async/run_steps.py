"""Steps of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

import msgspec

from threadkeep.client._async.sender import AsyncSender
from threadkeep.client.options import RequestOptions
from threadkeep.client.page import AsyncPager
from threadkeep.types.page import Order
from threadkeep.types.run_step import RunStep
from threadkeep.wire import run_steps


class AsyncRunSteps:
    """What a run did."""

    def __init__(self, sender: AsyncSender) -> None:
        self._sender = sender

    def list(
        self,
        run_id: str,
        *,
        thread_id: str,
        after: str | msgspec.UnsetType = msgspec.UNSET,
        before: str | msgspec.UnsetType = msgspec.UNSET,
        include: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        limit: int | msgspec.UnsetType = msgspec.UNSET,
        order: Order | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> AsyncPager[RunStep]:
        """Give the steps, newest first unless `order` is `asc`."""
        query = {
            "after": after,
            "before": before,
            "include": include,
            "limit": limit,
            "order": order,
        }
        return self._sender.list(run_steps.list(thread_id, run_id, query), options)

    async def retrieve(
        self,
        step_id: str,
        *,
        thread_id: str,
        run_id: str,
        include: Iterable[str] | msgspec.UnsetType = msgspec.UNSET,
        **options: Unpack[RequestOptions],
    ) -> RunStep:
        """Give the step."""
        operation = run_steps.retrieve(thread_id, run_id, step_id, {"include": include})
        return await self._sender.send(operation, options)
