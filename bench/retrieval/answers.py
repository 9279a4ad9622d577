"""Asking questions of an assistant with file search, and which passages its answers cite."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Final, NamedTuple

from bench.retrieval.questions import Question
from threadkeep import AsyncClient
from threadkeep.types.message import FileCitationAnnotation, Message, TextPart, TextValue
from threadkeep.types.run import Run
from threadkeep.types.run_step import FileSearchResult, FileSearchToolCall, ToolCallsDetails

_WITH_TEXTS: Final = "step_details.tool_calls[*].file_search.results[*].content"
_MARK: Final = re.compile(r"【(\d+):(\d+)†")
_POLL_MS: Final = 20
_MOST_TOKENS: Final = 200
"""Small models do not always come to an end."""
_INSTRUCTIONS: Final = "Answer the question from the files, in a sentence or two, and cite them."


class Answer(NamedTuple):
    """What became of one question."""

    was_told: bool
    """Whether the right passage was among those that the model was told of."""
    citations: list[bool]
    """For each citation whether the passage that it points to is the right one."""
    stray_marks: int
    """Marks in the text of the answer that are no citations."""


async def answers(
    client: AsyncClient, vector_store_id: str, questions: Iterable[Question]
) -> AsyncGenerator[Answer]:
    """The answers to the questions, each asked on a thread of its own."""
    assistant = await client.assistants.create(
        model="any",
        instructions=_INSTRUCTIONS,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [vector_store_id]}},
    )
    for question in questions:
        run = await client.threads.create_and_run_poll(
            assistant_id=assistant.id,
            thread={"messages": [{"role": "user", "content": question.asked}]},
            max_completion_tokens=_MOST_TOKENS,
            poll_interval_ms=_POLL_MS,
        )
        assert run.status in {"completed", "incomplete"}, run.last_error
        yield _judged(question, await _searches(client, run), await _texts(client, run))


async def _searches(client: AsyncClient, run: Run) -> list[list[FileSearchResult]]:
    """What each search of the run gave, in their order."""
    steps = client.threads.runs.steps.list(
        run.id, thread_id=run.thread_id, order="asc", include=[_WITH_TEXTS]
    )
    return [
        call.file_search.results or []
        async for step in steps
        if isinstance(step.step_details, ToolCallsDetails)
        for call in step.step_details.tool_calls
        if isinstance(call, FileSearchToolCall)
    ]


async def _texts(client: AsyncClient, run: Run) -> list[TextValue]:
    """What the run has answered."""
    messages = client.threads.messages.list(run.thread_id, run_id=run.id)
    return [text async for message in messages for text in _texts_of(message)]


def _texts_of(message: Message) -> Iterator[TextValue]:
    for part in message.content:
        if isinstance(part, TextPart):
            yield part.text


def _judged(
    question: Question, searches: list[list[FileSearchResult]], texts: list[TextValue]
) -> Answer:
    marks = [_MARK.match(citation) for text in texts for citation in _citations(text)]
    cited = [searches[int(mark[1])][int(mark[2])] for mark in marks if mark]
    return Answer(
        was_told=any(_is_right(question, result) for found in searches for result in found),
        citations=[_is_right(question, result) for result in cited],
        stray_marks=sum(text.value.count("【") for text in texts) - len(cited),
    )


def _citations(text: TextValue) -> Iterator[str]:
    for annotation in text.annotations:
        if isinstance(annotation, FileCitationAnnotation):
            assert text.value[annotation.start_index : annotation.end_index] == annotation.text
            yield annotation.text


def _is_right(question: Question, result: FileSearchResult) -> bool:
    text = "".join(content.text for content in result.content or ())
    return question.is_answered_by(result.file_name, text)
