"""Ids in the forms of the hosted service."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from threadkeep.types import ids
from threadkeep.types.ids import RandomIds


@pytest.mark.parametrize(
    ("prefix", "form"),
    [
        (ids.ASSISTANT, r"asst_[A-Za-z0-9]{24}"),
        (ids.THREAD, r"thread_[A-Za-z0-9]{24}"),
        (ids.MESSAGE, r"msg_[A-Za-z0-9]{24}"),
        (ids.RUN, r"run_[A-Za-z0-9]{24}"),
        (ids.STEP, r"step_[A-Za-z0-9]{24}"),
        (ids.CALL, r"call_[A-Za-z0-9]{24}"),
        (ids.FILE, r"file-[A-Za-z0-9]{22}"),
        (ids.VECTOR_STORE, r"vs_[0-9a-f]{32}"),
        (ids.FILE_BATCH, r"vsfb_[0-9a-f]{32}"),
    ],
)
def test_an_id_has_the_form_of_its_kind(prefix, form):
    made = [RandomIds().make(prefix) for _ in range(1000)]

    assert all(re.fullmatch(form, each) for each in made)
    assert len(set(made)) == 1000
    assert all(each.removeprefix(prefix).startswith(ids.CELL) for each in made)


@pytest.mark.parametrize("prefix", [ids.RUN, ids.FILE, ids.VECTOR_STORE])
def test_ids_that_are_made_later_come_later(prefix, monkeypatch):
    moments = iter([1_700_000_000.0, 1_700_000_001.0, 1_800_000_000.0, 3_000_000_000.0])
    monkeypatch.setattr(ids.time, "time", lambda: next(moments))

    made = [RandomIds().make(prefix) for _ in range(4)]

    assert sorted(made) == made


def test_threads_never_get_the_same_id():
    source = RandomIds()

    with ThreadPoolExecutor(8) as threads:
        made = [*threads.map(lambda _: source.make(ids.MESSAGE), range(20_000))]

    assert len(set(made)) == len(made)


FORKING = """
import os
from threadkeep.types import ids
ids.idempotency_key()  # from now on some are ready to be taken
child = os.fork()
os.write(1, (ids.idempotency_key() + "\\n").encode())
child and os.waitpid(child, 0)
"""


def test_a_forked_process_makes_other_ids_than_its_parent():
    command = [sys.executable, "-W", "ignore", "-c", FORKING]
    made = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()

    assert len(made) == len(set(made)) == 2
