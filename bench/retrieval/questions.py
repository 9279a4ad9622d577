"""The questions: asked as a user would, in other words than those of the passage that answers them.

Each line of `questions.jsonl` names the document and a few words that only the right passage holds. Others may answer
a question too, but do not count. The questions were written before anything was measured, and were not changed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bench.retrieval.documents import Document


class Question(msgspec.Struct, frozen=True):
    """What is asked, and which passage answers it."""

    asked: str
    document: str
    phrase: str

    def is_answered_by(self, document: str, text: str) -> bool:
        """Whether it is the document, and the text holds the phrase."""
        return document == self.document and self.phrase in _on_one_line(text)


def questions() -> list[Question]:
    """All of them; every other one is held out when search is tuned."""
    lines = Path(__file__).with_name("questions.jsonl").read_bytes()
    return msgspec.json.decode(b"[%b]" % b",".join(lines.splitlines()), type=list[Question])


def check(asked: Iterable[Question], documents: Iterable[Document]) -> None:
    """Raise `ValueError` for a question whose phrase does not stand in exactly one place."""
    texts = {name: _on_one_line(content.decode()) for name, content in documents}
    for question in asked:
        counts = {name: text.count(question.phrase) for name, text in texts.items()}
        if sum(counts.values()) != 1 or not counts[question.document]:
            raise ValueError(f"'{question.phrase}' is not in one place of {question.document}")


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
