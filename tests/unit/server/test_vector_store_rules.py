"""What requests about files and vector stores must keep to, in the words of the service."""

import json

import pytest

from threadkeep.errors import InvalidRequestError
from threadkeep.server.body import parse_body
from threadkeep.types.assistant import AssistantCreate, AssistantUpdate
from threadkeep.types.run_request import ThreadRunCreate
from threadkeep.types.vector_store_request import (
    FileBatchCreate,
    VectorStoreCreate,
    VectorStoreFileCreate,
    VectorStoreFileUpdate,
    VectorStoreSearch,
)


def static(longest, overlap):
    """A chunking strategy."""
    sizes = {"max_chunk_size_tokens": longest, "chunk_overlap_tokens": overlap}
    return {"chunking_strategy": {"type": "static", "static": sizes}}


def expiry(**fields):
    return {"expires_after": {"anchor": "last_active_at", "days": 1, **fields}}


def file(**fields):
    return {"file_id": "file-1", **fields}


def query(**fields):
    return {"query": "tea", **fields}


def stores(*helpers, **fields):
    """Tool resources for file search."""
    return {"tool_resources": {"file_search": {"vector_stores": [*helpers], **fields}}}


def run(**fields):
    return {"assistant_id": "asst_1", **fields}


ABOVE, BELOW = "integer_above_max_value", "integer_below_min_value"
WRONG, TYPE, UNKNOWN = "invalid_value", "invalid_type", "unknown_parameter"
MISSING, EXCLUDED = "missing_required_parameter", "mutually_exclusive_parameters"
SIZES = "chunking_strategy.static"
SEARCH = "tool_resources.file_search"

CREATE = [
    ({"file_ids": ["file-1"] * 501}, "file_ids", "array_above_max_length"),
    (expiry(anchor="created_at"), "expires_after.anchor", WRONG),
    (expiry(days=366), "expires_after.days", ABOVE),
    (expiry(days=0), "expires_after.days", BELOW),
    ({"expires_after": {"anchor": "last_active_at"}}, "expires_after.days", MISSING),
    ({"chunking_strategy": {"type": "other"}}, "chunking_strategy.type", WRONG),
    ({"name": "x" * 257}, "name", "string_above_max_length"),
    ({"nmae": "x"}, "nmae", UNKNOWN),
]
FILES = [
    ({}, "file_id", MISSING),
    (file(**static(99, 0)), f"{SIZES}.max_chunk_size_tokens", BELOW),
    (file(**static(4097, 0)), f"{SIZES}.max_chunk_size_tokens", ABOVE),
    (file(**static(100, -1)), f"{SIZES}.chunk_overlap_tokens", BELOW),
    (file(**static(101, 51)), f"{SIZES}.chunk_overlap_tokens", ABOVE),
    (file(attributes={"a": None}), "attributes.a", TYPE),
    (file(attributes={"a": "x" * 513}), "attributes.a", "string_above_max_length"),
    (
        file(attributes=dict.fromkeys("abcdefghijklmnopq", 1)),
        "attributes",
        "object_above_max_properties",
    ),
]
BATCHES = [
    ({}, "file_ids", MISSING),
    ({"file_ids": []}, "file_ids", "empty_array"),
    ({"file_ids": ["a"], "files": [file()]}, "files", EXCLUDED),
    ({"files": [file(**static(100, 60))]}, f"files[0].{SIZES}.chunk_overlap_tokens", ABOVE),
]
SEARCHES = [
    ({}, "query", MISSING),
    ({"query": []}, "query", "empty_array"),
    ({"query": ["a", 1]}, "query[1]", TYPE),
    (query(max_num_results=51), "max_num_results", ABOVE),
    (query(ranking_options={"ranker": "best"}), "ranking_options.ranker", WRONG),
    (
        query(ranking_options={"score_threshold": 1.5}),
        "ranking_options.score_threshold",
        "decimal_above_max_value",
    ),
    (query(filters={"type": "like"}), "filters.type", WRONG),
    (query(filters={"type": "eq", "key": "k"}), "filters.value", MISSING),
]
RUNS = [
    (
        run(thread=stores(static(200, 101))),
        f"thread.{SEARCH}.vector_stores[0].{SIZES}.chunk_overlap_tokens",
        ABOVE,
    ),
    (
        run(truncation_strategy={"type": "last_messages"}),
        "truncation_strategy.last_messages",
        MISSING,
    ),
    (run(tool_choice={"type": "function"}), "tool_choice.function", MISSING),
]
BOTH = {"model": "m", **stores({}, vector_store_ids=["vs_1"])}
RULES = [
    *((VectorStoreCreate, *rule) for rule in CREATE),
    *((VectorStoreFileCreate, *rule) for rule in FILES),
    (VectorStoreFileUpdate, {}, "attributes", MISSING),
    *((FileBatchCreate, *rule) for rule in BATCHES),
    *((VectorStoreSearch, *rule) for rule in SEARCHES),
    *((ThreadRunCreate, *rule) for rule in RUNS),
    (AssistantCreate, BOTH, f"{SEARCH}.vector_stores", EXCLUDED),
    (AssistantUpdate, BOTH, f"{SEARCH}.vector_stores", UNKNOWN),
]


@pytest.mark.parametrize(("type_", "body", "param", "code"), RULES)
def test_a_request_that_breaks_a_rule_is_refused_with_the_path(type_, body, param, code):
    with pytest.raises(InvalidRequestError) as caught:
        parse_body(json.dumps(body).encode(), type_)

    assert (caught.value.param, caught.value.code) == (param, code)
    assert f"'{param}'" in caught.value.message or code == WRONG


def test_the_words_name_the_bound():
    with pytest.raises(InvalidRequestError) as caught:
        parse_body(json.dumps(file(**static(300, 200))).encode(), VectorStoreFileCreate)

    assert caught.value.message == (
        "Invalid 'chunking_strategy.static.chunk_overlap_tokens': integer above maximum value. "
        "Expected a value <= 150, half of 'max_chunk_size_tokens', but got 200 instead."
    )


@pytest.mark.parametrize("overlap", [0, 50])
def test_an_overlap_up_to_half_is_taken(overlap):
    body = json.dumps(file(**static(100, overlap))).encode()

    parsed = parse_body(body, VectorStoreFileCreate)

    assert parsed.chunking_strategy.static.chunk_overlap_tokens == overlap


def test_numbers_in_attributes_stay_as_they_were_written():
    body = b'{"file_id": "f", "attributes": {"a": 1, "b": 1.0, "c": true, "d": "1"}}'

    attributes = parse_body(body, VectorStoreFileCreate).attributes

    assert [type(value) for value in attributes.values()] == [int, float, bool, str]
