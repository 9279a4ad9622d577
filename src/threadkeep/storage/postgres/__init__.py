"""Storage in a PostgreSQL database, for any number of processes: the contract of `threadkeep.storage`, in plain SQL.

`connection.py` reads, writes and tries again; each noun stands in a file of its own, each statement under `queries/`.
Nothing depends on a session, so that a pooler such as PgBouncer may hand out connections by the transaction.
"""
