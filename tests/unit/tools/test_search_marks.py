"""The marks by which a model cites: each stands for one result, whatever its file is called."""

from hypothesis import given
from hypothesis import strategies as st

from threadkeep.engine.citing import Citer
from threadkeep.tools.search_marks import citation, marked
from threadkeep.types.run_step import (
    FileSearchCallRecord,
    FileSearchContent,
    FileSearchResult,
    FileSearchToolCall,
)


def found(*names):
    results = [
        FileSearchResult(
            file_id=f"file-{n}", file_name=name, content=[FileSearchContent(text="Tea. Hot tea.")]
        )
        for n, name in enumerate(names)
    ]
    return FileSearchToolCall(
        id="call_1", file_search=FileSearchCallRecord(results=results, queries=["hot"])
    )


def test_a_mark_tells_search_result_and_file_name():
    assert [mark for mark, _ in marked(4, found("a.txt", "你好 b.md"))] == [
        "【4:0†a.txt】",
        "【4:1†你好 b.md】",
    ]


def test_a_citation_names_the_file_and_quotes_it():
    call = found("a.txt")
    ((_, result),) = marked(0, call)

    cited = citation(call, result)

    assert (cited.file_id, cited.quote) == ("file-0", "Hot tea.")


@given(st.lists(st.text(max_size=400), max_size=4), st.data())
def test_every_mark_is_found_again_in_an_answer(names, data):
    call = found(*names)
    marks = {mark: citation(call, result) for mark, result in marked(0, call)}
    assert len(marks) == len(names)

    for mark, cited in marks.items():
        answer = f"It is hot {mark}."
        cuts = sorted(data.draw(st.sets(st.integers(0, len(answer)), max_size=4)))
        citer = Citer(marks)
        fed = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        pieces = [piece for text in fed for piece in citer.feed(text)] + citer.finish()
        assert [(piece.text, piece.citation) for piece in pieces if piece.citation] == [
            (mark, cited)
        ]
