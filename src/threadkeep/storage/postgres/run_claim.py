"""How runs are given to workers in PostgreSQL: those that were named to them, and the oldest that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from threadkeep.storage import RunRecord
from threadkeep.storage.postgres.columns import columns_of
from threadkeep.storage.postgres.group_commit import Job, Kind, Outcome
from threadkeep.storage.postgres.open_parts import delete_open_parts
from threadkeep.storage.postgres.query import load_query
from threadkeep.storage.postgres.session import Session
from threadkeep.storage.postgres.thread_lock import ThreadKey
from threadkeep.storage.rows import run_record, run_row
from threadkeep.types.run import Run

_OLDEST: Final = load_query("runs/claim_oldest")
_NAMED: Final = load_query("runs/claim_named")
_CLAIM: Final = load_query("runs/claim")

_Claimed = list[RunRecord]


class Claim(NamedTuple):
    """Who wants how many runs, or `only` one: that of a thread id and a run id."""

    worker: str
    start: Callable[[Run], Run]
    limit: int
    only: tuple[str, str] | None


def claim_job(claim: Claim) -> Job[Claim, _Claimed]:
    """The job of claiming with others."""
    return Job(_CLAIMS, claim, key=claim.only and ("claim", claim.only))


async def _claim(
    session: Session, claims: Sequence[Claim], _: set[ThreadKey]
) -> list[Outcome[_Claimed]]:
    """The named ones first, so that nobody is given them as the oldest."""
    named = [claim for claim in claims if claim.only is not None]
    others = [claim for claim in claims if claim.only is None]
    outcomes = dict(zip(map(id, named), await _claim_named(session, named), strict=True))
    outcomes |= zip(map(id, others), await _claim_oldest(session, others), strict=True)
    return [outcomes[id(claim)] for claim in claims]


async def _claim_named(session: Session, claims: Sequence[Claim]) -> list[Outcome[_Claimed]]:
    keys = [claim.only for claim in claims if claim.only is not None and claim.limit > 0]
    if not keys:
        return [[] for _ in claims]
    thread_ids, run_ids = map(list, zip(*keys, strict=True))
    rows = await session.rows(_NAMED, thread_ids=thread_ids, run_ids=run_ids)
    queued = [record for record in map(run_record, rows) if record.run.status == "queued"]
    shares = [
        [record for record in queued if (record.run.thread_id, record.run.id) == claim.only]
        for claim in claims
    ]
    return await _give(session, claims, shares)


async def _claim_oldest(session: Session, claims: Sequence[Claim]) -> list[Outcome[_Claimed]]:
    limit = sum(claim.limit for claim in claims)
    if limit == 0:
        return [[] for _ in claims]
    records = iter([run_record(row) for row in await session.rows(_OLDEST, limit=limit)])
    return await _give(session, claims, [list(islice(records, claim.limit)) for claim in claims])


async def _give(
    session: Session, claims: Sequence[Claim], shares: Sequence[_Claimed]
) -> list[Outcome[_Claimed]]:
    """Give each worker its share; one whose `start` fails leaves it in the queue, with the failure for an answer."""
    outcomes = [_started(claim, share) for claim, share in zip(claims, shares, strict=True)]
    given = [share for share in outcomes if not isinstance(share, Exception)]
    await _write(session, [record for share in given for record in share])
    return outcomes


def _started(claim: Claim, records: Iterable[RunRecord]) -> Outcome[_Claimed]:
    try:
        return [record.claimed(claim.worker, claim.start) for record in records]
    except Exception as error:
        return error


async def _write(session: Session, records: Sequence[RunRecord]) -> None:
    if not records:
        return
    await session.change(_CLAIM, **columns_of([run_row(record) for record in records]))
    await delete_open_parts(session, [record for record in records if record.epoch > 1])


_CLAIMS: Final = Kind(4, _claim)
