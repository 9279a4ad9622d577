"""How a lost answer to COMMIT is settled: each transaction marks, in the same commit, that it went through.

A mark is a row of the process's own with the number of its last transaction. To try again begins with the same mark:
if the first try still ends somewhere, that waits for it; if it went through, the mark is there already, and nothing is
done twice. The number of a transaction (`pg_xact_status`) would not do: one whose commit did not reach the disk, or
the standby that takes over, is given to somebody else's transaction.
"""

from __future__ import annotations

import secrets
from typing import Final

from threadkeep.storage.postgres.session import Connection, Session

STATEMENT_SECONDS: Final = 10
"""No statement takes longer, and nobody waits longer for a lock; the server ends it."""
IDLE_SECONDS: Final = 2
"""What a process that fell silent in a transaction has locked is free after that: others wait to rescue its runs."""

_BEGIN: Final = """
begin isolation level read committed read write;
set local statement_timeout = '{seconds}s';
set local idle_in_transaction_session_timeout = '{idle_seconds}s';
{mark}
"""
_MARK: Final = """
insert into commit_marks as mark (id, number) values ({id}, {number})
on conflict (id) do update set number = excluded.number, marked_at = excluded.marked_at
where mark.number < excluded.number
"""
_PREPARE: Final = f"prepare commit_mark (text, bigint) as {_MARK.format(id='$1', number='$2')}"
_EXECUTE: Final = "execute commit_mark ({id}, {number})"


async def prepare_marks(connection: Connection) -> None:
    """Have a connection plan once what each of its transactions begins with."""
    await connection.execute(_PREPARE)


class CommitMark:
    """The mark of one transaction after the other."""

    def __init__(self) -> None:
        self.id: Final = secrets.token_hex(16)
        self._number = 0

    def advance(self) -> None:
        """Go on to the next transaction: what becomes of the last one is known."""
        self._number += 1

    async def begin(self, session: Session) -> bool:
        """Begin the transaction and mark it; False if an earlier try of it went through."""
        session.tell("begin")
        # Several statements at once, which cannot have parameters: the values are our own digits.
        mark = _EXECUTE if session.is_prepared else _MARK
        begin = _BEGIN.format(
            seconds=STATEMENT_SECONDS,
            idle_seconds=IDLE_SECONDS,
            mark=mark.format(id=f"'{self.id}'", number=self._number),
        )
        status = await session.connection.execute(begin)
        return status == "INSERT 0 1"
