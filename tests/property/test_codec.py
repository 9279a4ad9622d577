"""What is encoded decodes to itself, for every kind of object that the API sends."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.structs import structs
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import decode, encode
from threadkeep.types.delta import MessageDelta, RunStepDelta
from threadkeep.types.event import decode_event
from threadkeep.types.file import File
from threadkeep.types.message import Message
from threadkeep.types.page import PageBody
from threadkeep.types.problem import ProblemEnvelope
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep
from threadkeep.types.thread import Thread
from threadkeep.types.vector_store import VectorStore, VectorStoreFile, VectorStoreFileBatch

KINDS = [
    Assistant,
    File,
    Message,
    MessageDelta,
    PageBody[Message],
    ProblemEnvelope,
    Run,
    RunStep,
    RunStepDelta,
    Thread,
    VectorStore,
    VectorStoreFile,
    VectorStoreFileBatch,
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(data=st.data())
def test_decoding_is_the_inverse_of_encoding(kind, data):
    value = data.draw(structs(kind))

    assert decode(encode(value), kind) == value


@given(name=st.text(), data=st.dictionaries(st.text(), st.integers() | st.text()))
def test_no_name_of_an_event_is_refused(name, data):
    event = decode_event(f"x.{name}", msgspec.json.encode(data))

    assert event.event == f"x.{name}"
    assert event.data == data


@given(extra=st.dictionaries(st.text(min_size=1), st.integers(), max_size=3))
def test_fields_that_are_not_known_never_fail(extra):
    known = msgspec.json.decode(encode(Run(id="run_1")))

    run = decode(msgspec.json.encode({**extra, **known}), Run)

    assert run == Run(id="run_1")
    assert run.unknown_fields == {k: v for k, v in extra.items() if k not in known}
