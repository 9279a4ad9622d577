"""What a lane does with a batch of jobs: read each, or commit them together."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

from threadkeep.storage.sqlite.job import Batch, Job
from threadkeep.storage.sqlite.session import Session


def read_each(session: Session, jobs: Batch) -> None:
    """Do jobs that only read; each statement sees all that was committed before it."""
    for job in jobs:
        job.run(session)


def commit_together(session: Session, jobs: Batch) -> None:
    """Do jobs in one transaction, each in a savepoint of its own, so that one that fails leaves nothing behind.

    If the transaction fails, all of them do.
    """
    connection = session.connection
    try:
        connection.execute("begin immediate")
        for job in jobs:
            _in_savepoint(session, job)
        connection.execute("commit")
    except Exception as error:
        with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            connection.execute("rollback")
        for job in jobs:
            job.fail(error)


def _in_savepoint(session: Session, job: Job[Any]) -> None:
    connection = session.connection
    connection.execute("savepoint job")
    job.run(session)
    if job.error is not None:
        if (
            not connection.in_transaction
        ):  # a full disk, an I/O error: SQLite gave up the whole of it
            raise job.error
        connection.execute("rollback to job")
    connection.execute("release job")
