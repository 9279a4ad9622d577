"""The marks by which a model cites: each stands for one result, whatever its file is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from threadkeep.engine.citing import Citer
from threadkeep.tools import Citations
from threadkeep.tools.search_marks import citations, marked
from threadkeep.types.codec import decode
from threadkeep.types.message import FileCitation
from threadkeep.types.run_step import (
    FileSearchCallRecord,
    FileSearchContent,
    FileSearchResult,
    FileSearchToolCall,
)


def found(*names, number=0, page=UNSET):
    results = [
        FileSearchResult(
            file_id=f"file-{n}",
            file_name=name,
            score=0.5,
            content=[FileSearchContent(text="Tea. Hot tea.", page=page)],
        )
        for n, name in enumerate(names)
    ]
    record = FileSearchCallRecord(results=results, queries=["hot"], number=number)
    return FileSearchToolCall(id="call_1", file_search=record)


def test_a_mark_tells_search_result_and_file_name():
    assert [mark for mark, _ in marked(found("a.txt", "你好 b.md", number=4))] == [
        "【4:0†a.txt】",
        "【4:1†你好 b.md】",
    ]


@pytest.mark.parametrize(("page", "source"), [(UNSET, "a.pdf"), (3, "a.pdf, p. 3")])
def test_a_citation_names_the_place_in_the_file_and_quotes_it(page, source):
    cited = citations([found("a.pdf", page=page)])["0:0"]()

    assert cited.source == source
    assert cited.file_citation == FileCitation(
        file_id="file-0", quote="Hot tea.", page=page, score=0.5
    )


def test_the_results_of_all_searches_can_be_cited():
    assert [*citations([found("a.txt", "b.txt"), found("c.txt", number=3)])] == [
        "0:0",
        "0:1",
        "3:0",
    ]


def test_a_search_that_was_kept_before_searches_had_numbers_can_be_cited():
    kept = b"""{"id": "call_1", "type": "file_search", "file_search": {"queries": ["hot"], "results": [
        {"file_id": "file-0", "file_name": "a.txt", "score": 0.5, "attributes": {},
         "content": [{"type": "text", "text": "Tea. Hot tea."}]}]}}"""

    assert (
        citations([decode(kept, FileSearchToolCall)])["0:0"]()
        == citations([found("a.txt")])["0:0"]()
    )


NAMES = st.text(max_size=400) | st.sampled_from(["a, 0:1, b.txt", "0:1", "[x].txt", "10:30†.txt"])


@given(st.lists(NAMES, max_size=4), st.data())
def test_every_mark_is_found_again_in_an_answer(names, data):
    call = found(*names)
    marks = [mark for mark, _ in marked(call)]
    by_number = citations([call])
    assert len(by_number) == len(names)

    for place, mark in enumerate(marks):
        answer = f"It is hot {mark}."
        cuts = sorted(data.draw(st.sets(st.integers(0, len(answer)), max_size=4)))
        citer = Citer(Citations(by_number))
        fed = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        pieces = [piece for text in fed for piece in citer.feed(text)] + citer.finish()
        cited = [piece for piece in pieces if piece.citation]
        assert [(piece.text, piece.citation.file_citation.file_id) for piece in cited] == [
            (mark, f"file-{place}")
        ]
