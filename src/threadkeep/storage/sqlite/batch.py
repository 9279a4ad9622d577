"""What a lane does with a batch of jobs: read each, or commit them together."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from threadkeep.storage.sqlite.job import Batch, Job
from threadkeep.storage.sqlite.session import Session


def read_each(session: Session, jobs: Batch) -> None:
    """Do jobs that only read; each sees all that was committed before it was asked for.

    Several read in one transaction, for which SQLite takes its locks once.
    """
    connection = session.connection
    try:
        if len(jobs) > 1:
            connection.execute("begin")
        for job in jobs:
            job.run(session)
        connection.commit()
    except Exception as error:
        _give_up(connection, jobs, error)


def commit_together(session: Session, jobs: Batch) -> None:
    """Do jobs in one transaction; one that fails leaves nothing behind. If the transaction fails, all of them do.

    Hardly ever does a job fail after it has changed something. Then all are done again, each in a savepoint of its own,
    so a job may be done twice and has no effect outside of its session.
    """
    connection = session.connection
    try:
        connection.execute("begin immediate")
        if not _leave_nothing_to_undo(session, jobs):
            connection.execute("rollback")
            connection.execute("begin immediate")
            for job in jobs:
                _do_in_savepoint(session, job)
        connection.execute("commit")
    except Exception as error:
        _give_up(connection, jobs, error)


def _give_up(connection: sqlite3.Connection, jobs: Batch, error: Exception) -> None:
    with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
        connection.execute("rollback")
    for job in jobs:
        job.fail(error)


def _leave_nothing_to_undo(session: Session, jobs: Batch) -> bool:
    """Do jobs; whether none of them failed after it had changed something."""
    for job in jobs:
        before = session.connection.total_changes
        _do(session, job)
        if job.error is not None and session.connection.total_changes != before:
            return False
    return True


def _do_in_savepoint(session: Session, job: Job[Any]) -> None:
    session.connection.execute("savepoint job")
    _do(session, job)
    if job.error is not None:
        session.connection.execute("rollback to job")
    session.connection.execute("release job")


def _do(session: Session, job: Job[Any]) -> None:
    job.run(session)
    # A full disk, an I/O error: SQLite gave up the whole transaction.
    if job.error is not None and not session.connection.in_transaction:
        raise job.error
