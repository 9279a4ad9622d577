"""What a failure of PostgreSQL means for whoever met it: try again, or give up."""

from __future__ import annotations

from typing import Final, TypeAlias

from threadkeep.errors import StorageError
from threadkeep.storage.postgres.driver import asyncpg

_Kinds: TypeAlias = tuple[type[BaseException], ...]

_LOST: Final[_Kinds] = (
    OSError,  # refused, reset, no such host, no answer in time
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, crashed, still starting, cancelled
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # it was the primary, and is one no more
    asyncpg.TargetServerAttributeNotMatched,  # none of the servers is the primary now
)
_CONFLICT: Final[_Kinds] = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_STILL_GOOD: Final[_Kinds] = (
    asyncpg.QueryCanceledError,
)  # the server ended a statement, not the session
_ERRORS: Final[_Kinds] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


def is_of_database(error: BaseException) -> bool:
    """Whether the database or the way to it failed, and not the work itself."""
    return isinstance(error, _ERRORS)


def is_passing(error: BaseException | None) -> bool:
    """Whether the same may go well on another connection, or in a moment."""
    return isinstance(error, _LOST + _CONFLICT)


def is_refusal(error: BaseException) -> bool:
    """Whether the server answered, and answered that it will not do it."""
    return isinstance(error, (asyncpg.PostgresError, StorageError)) and not is_passing(error)


def spoils_connection(error: BaseException) -> bool:
    """Whether the connection is not to be used again, even if it is still open."""
    return isinstance(error, _LOST) and not isinstance(error, _STILL_GOOD)


def spoils_all_connections(error: BaseException) -> bool:
    """Whether the server has fallen silent, or is the primary no more: others that lead there are of no use either."""
    return isinstance(error, (TimeoutError, asyncpg.ReadOnlySQLTransactionError))
