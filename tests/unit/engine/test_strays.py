"""Strays: what a worker holds and does not work on is found, but not what is still on its way to it."""

from threadkeep.engine.strays import Strays
from threadkeep.storage import RunOwnership


def owned(run_id="run_1", epoch=1):
    ownership = RunOwnership(
        project="default", thread_id="thread_1", run_id=run_id, epoch=epoch, status="in_progress"
    )
    return {(run_id, epoch): ownership}


def test_it_has_to_be_seen_twice():
    strays = Strays()
    strays.look(owned(), 1.0, None)
    assert strays.take() == []
    strays.look(owned(), 2.0, None)
    assert strays.take() == list(owned().values())


def test_it_is_given_once_for_each_look():
    strays = Strays()
    strays.look(owned(), 1.0, None)
    strays.look(owned(), 2.0, None)
    assert [len(strays.take()), len(strays.take())] == [1, 0]
    strays.look(owned(), 3.0, None)
    assert len(strays.take()) == 1


def test_while_a_claim_that_may_have_given_it_is_not_answered_it_is_none():
    strays = Strays()
    strays.look(owned(), 1.0, 0.5)
    strays.look(owned(), 2.0, 0.5)
    assert strays.take() == []
    strays.look(owned(), 3.0, 2.5)
    assert len(strays.take()) == 1


def test_what_was_not_seen_in_between_is_seen_for_the_first_time_again():
    strays = Strays()
    strays.look(owned(), 1.0, None)
    strays.look({}, 2.0, None)
    strays.look(owned(), 3.0, None)
    assert strays.take() == []


def test_another_claim_of_the_same_run_is_another_one():
    strays = Strays()
    strays.look(owned(epoch=1), 1.0, None)
    strays.look(owned(epoch=2), 2.0, None)
    assert strays.take() == []
