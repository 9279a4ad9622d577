"""Bodies of requests."""

from __future__ import annotations

import json

from threadkeep.client.options import NOT_GIVEN
from threadkeep.types.message import TextInput
from threadkeep.types.tool import FunctionDefinition, FunctionTool
from threadkeep.types.unknown import Unknown
from threadkeep.wire.body import encode_body


def test_none_is_null_and_what_is_not_given_is_left_out():
    assert encode_body({"model": None, "name": NOT_GIVEN}) == b'{"model":null}'


def test_any_iterable_is_an_array():
    body = encode_body({"tools": (tool for tool in [{"type": "file_search"}]), "file_ids": ("a",)})
    assert json.loads(body) == {"tools": [{"type": "file_search"}], "file_ids": ["a"]}


def test_our_own_structs_go_where_plain_data_goes():
    tool = FunctionTool(function=FunctionDefinition(name="look"))
    body = encode_body({"tools": [tool], "content": [TextInput(text="Hi")]})
    assert json.loads(body) == {
        "tools": [{"type": "function", "function": {"name": "look"}}],
        "content": [{"type": "text", "text": "Hi"}],
    }


def test_an_unknown_variant_goes_out_as_it_came():
    tool = Unknown(value={"type": "telepathy", "range": 3})
    assert json.loads(encode_body({"tools": [tool]})) == {"tools": [tool.value]}


def test_text_stays_text():
    assert encode_body({"content": "Grüße"}) == '{"content":"Grüße"}'.encode()
