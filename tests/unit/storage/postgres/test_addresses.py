"""What is told of the address of a database: where it is, and never the password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.errors import StorageError
from threadkeep.storage.postgres import PostgresStorage


@pytest.mark.parametrize(
    ("dsn", "label"),
    [
        ("postgresql://host/records", "PostgreSQL database host/records"),
        ("postgresql://me:secret@host:5433/records", "PostgreSQL database host:5433/records"),
        ("postgresql://me:secret@a:1,b:2/records?x=y", "PostgreSQL database a:1,b:2/records"),
        ("postgresql://me:p@ss@host/records", "PostgreSQL database host/records"),
        ("postgresql:///records", "PostgreSQL database /records"),
    ],
)
def test_it_is_named_by_its_servers(dsn: str, label: str):
    assert PostgresStorage(dsn).label == label


@given(st.text("ab:/?#@%&=", min_size=3).map("SECRET{}SECRET".format))
def test_no_part_of_a_password_is_shown_however_wrongly_it_is_written(password: str):
    for dsn in (f"postgresql://me:{password}@host/x", f"postgresql://host/x?password={password}"):
        assert "SECRET" not in PostgresStorage(dsn).label


@pytest.mark.parametrize("dsn", ["postgresql://me:SECRET/x@host:5432/x", "postgresql://h:port/x"])
async def test_an_address_that_cannot_be_read_is_told_without_it(dsn: str):
    with pytest.raises(StorageError) as refused:
        await PostgresStorage(dsn, patience_seconds=0).open()

    assert "SECRET" not in str(refused.value)
