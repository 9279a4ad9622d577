import msgspec
import pytest

from tests.support.python_process import run_python
from threadkeep.types.assistant import Assistant
from threadkeep.types.codec import decode, encode
from threadkeep.types.event import MessageDeltaEvent, UnknownEvent, decode_event
from threadkeep.types.message import Message, TextPart
from threadkeep.types.run import Run
from threadkeep.types.run_step import RunStep, ToolCallsDetails
from threadkeep.types.unknown import Unknown


def test_a_tool_of_a_kind_that_is_not_known_survives_both_ways():
    body = b'{"id":"asst_1","tools":[{"type":"telepathy","range":3},{"type":"code_interpreter"}]}'

    assistant = decode(body, Assistant)

    assert [tool.type for tool in assistant.tools] == ["telepathy", "code_interpreter"]
    assert assistant.tools[0] == Unknown(value={"type": "telepathy", "range": 3})
    assert msgspec.json.decode(encode(assistant))["tools"] == [
        {"type": "telepathy", "range": 3},
        {"type": "code_interpreter"},
    ]


def test_an_unknown_part_deep_inside_leaves_its_neighbours_typed():
    body = (
        b'{"id":"step_1","step_details":{"type":"tool_calls","tool_calls":['
        b'{"type":"code_interpreter","id":"call_1","code_interpreter":{"input":"1","outputs":['
        b'{"type":"hologram","url":"x"},{"type":"logs","logs":"1"}]}}]}}'
    )

    step = decode(body, RunStep)

    assert isinstance(step.step_details, ToolCallsDetails)
    call = step.step_details.tool_calls[0]
    assert call.type == "code_interpreter"
    outputs = call.code_interpreter.outputs
    assert [output.type for output in outputs] == ["hologram", "logs"]


def test_null_where_a_list_is_expected_becomes_the_default():
    message = decode(b'{"id":"msg_1","attachments":null,"metadata":null}', Message)

    assert message.attachments == []
    assert message.metadata == {}


def test_a_status_that_is_not_known_is_kept():
    assert decode(b'{"id":"run_1","status":"pondering"}', Run).status == "pondering"


def test_unknown_fields_stay_readable():
    run = decode(b'{"id":"run_1","mood":"good","status":"queued"}', Run)

    assert run.unknown_fields == {"mood": "good"}
    assert run.to_dict() == {"id": "run_1", "mood": "good", "status": "queued"}


def test_an_object_that_was_made_here_gives_its_fields():
    assert Message(id="msg_1").to_dict()["role"] == "user"
    assert Message(id="msg_1").unknown_fields == {}


def test_what_fits_no_type_is_an_error_that_names_the_place():
    with pytest.raises(msgspec.ValidationError, match=r"\$\.created_at"):
        decode(b'{"id":"run_1","created_at":"yesterday"}', Run)


def test_what_is_no_json_is_an_error():
    with pytest.raises(msgspec.DecodeError):
        decode(b"<html>", Run)


def test_objects_are_frozen():
    run = decode(b'{"id":"run_1"}', Run)
    with pytest.raises(AttributeError):
        run.status = "completed"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_delta_event_is_typed_and_an_unknown_event_is_passed_on():
    data = (
        b'{"id":"msg_1","object":"thread.message.delta",'
        b'"delta":{"content":[{"index":0,"type":"text","text":{"value":"Hi"}}]}}'
    )

    event = decode_event("thread.message.delta", data)

    assert isinstance(event, MessageDeltaEvent)
    assert event.data.delta.content[0].text.value == "Hi"
    assert decode_event("thread.dreamt", b'{"of":1}') == UnknownEvent("thread.dreamt", {"of": 1})


def test_text_that_contains_the_mark_of_unknown_variants_is_left_alone():
    part = TextPart(text={"value": '{"type":"threadkeep.unknown","value":{}}', "annotations": []})

    assert b"threadkeep.unknown" in encode(part)
    assert msgspec.json.decode(encode(part))["text"]["value"].startswith('{"type"')


THREADS_MEET_TYPES = """
import sys
from threading import Barrier, Thread
import msgspec
from threadkeep.types.codec import decode

sys.setswitchinterval(1e-6)
for _ in range(500):
    class Leaf(msgspec.Struct):
        numbers: list[dict[str, int]] | None = None

    class Branch(msgspec.Struct):
        leaves: list[Leaf] = []
        leaf: Leaf | None = None

    class Tree(msgspec.Struct):
        branches: list[Branch] = []
        branch: Branch | None = None

    at_once = Barrier(2)

    def meet():
        at_once.wait()
        decode(b'{"branches":[{"leaves":[{"numbers":[{"one":1}]}]}],"branch":{"leaf":{}}}', Tree)

    threads = [Thread(target=meet) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_may_meet_a_type_for_the_first_time_at_once():
    done = run_python(THREADS_MEET_TYPES)

    assert (done.returncode, done.stderr) == (0, "")
