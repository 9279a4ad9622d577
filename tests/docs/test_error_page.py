"""The page of errors, the catalogue that is walked over HTTP, and what the hosted service said: none may lack a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server import test_error_catalogue, test_idempotency
from tests.support.error_catalogue import ROWS
from tests.support.hosted_errors import HOSTED, HostedError
from tests.support.refusals import CASES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
NOT_SENT = "What the service said and this server does not"

WITH_TESTS_OF_THEIR_OWN: dict[HostedError, Callable[..., None]] = {
    HostedError(
        500, "The server had an error processing your request. Sorry about that! You can retry ..."
    ): test_error_catalogue.test_a_failure_of_the_server_is_told_by_its_request,
    HostedError(
        400,
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
        "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
        "invalid_beta",
    ): test_error_catalogue.test_the_beta_header_can_be_required,
    HostedError(
        409,
        "The first request with the Idempotency-Key 'X' is still being worked on. ...",
        "idempotency_key_in_use",
    ): test_idempotency.test_who_comes_while_the_first_is_worked_on_is_to_try_again,
}
"""What no row of the catalogue can bring about."""
SENT = [
    *(HostedError(row.status, row.message, row.code) for row in ROWS),
    *(HostedError(400, message, code) for _, _, message, _, code in CASES),
    *WITH_TESTS_OF_THEIR_OWN,
]


def shape(message: str) -> str:
    """The message without what differs from request to request: quoted values, lists, ids, paths, numbers."""
    text = re.sub(r"\{scene\.calls\}", "[]", message)
    text = re.sub(r"\{[^{}]*\}|\b(thread|run|call|file)[_-]\w+", "X", text)
    text = re.sub(r"\[[^\]]*\]", "[]", text)
    text = re.sub(r"(?<!\w)(['\"]).*?\1(?!\w)", "''", text)
    text = re.sub(r"\([A-Z]+ /[^)]*\)", "()", text)
    return re.sub(r"\d+|\.\w+\.$", "0", text)


def fits(sent: str, told: str) -> bool:
    """Whether `told`, which may break off with three dots, tells of the message `sent`, which may do so too."""
    shapes = [shape(text) for text in (sent, told)]
    ends = [re.fullmatch(r"(.*?)\s*:?\s*\.\.\.\)?", text, re.DOTALL) for text in shapes]
    if not any(ends):
        return shapes[0] == shapes[1]
    starts = [end[1] if end else text for end, text in zip(ends, shapes, strict=True)]
    least = min(len(start) for start, end in zip(starts, ends, strict=True) if end)
    return starts[0][:least] == starts[1][:least]


def messages() -> Iterator[tuple[str, str]]:
    """Of all tables with a column `message`: the heading above, and the first code of each cell."""
    heading, column = "", None
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            column = None
        elif column is None:
            column = cells.index("message") if "message" in cells else -1
        elif column >= 0 and not line.startswith("|-"):
            yield from ((heading, code) for code in re.findall(r"`([^`]+)`", cells[column])[:1])


TOLD = [message for heading, message in messages() if heading != NOT_SENT]
TOLD_NOT_TO_BE_SENT = [message for heading, message in messages() if heading == NOT_SENT]


@pytest.mark.parametrize("told", TOLD)
def test_what_the_page_tells_is_sent(told: str):
    assert any(fits(sent.message, told) for sent in SENT)


@pytest.mark.parametrize("hosted", HOSTED, ids=lambda hosted: hosted.message)
def test_what_the_hosted_service_said_is_sent_or_the_page_says_why_not(hosted: HostedError):
    alike = [sent for sent in SENT if fits(sent.message, hosted.message)]
    is_sent = any((sent.status, sent.code) == (hosted.status, hosted.code) for sent in alike)
    assert is_sent != any(fits(hosted.message, told) for told in TOLD_NOT_TO_BE_SENT)


def test_a_message_is_told_apart_from_all_others():
    assert fits("No run found with id 'run_1'.", "No run found with id 'run_X'.")
    assert not fits("No run found with id 'run_1'.", "No run found with id 'run_X'")
    assert not fits("No run found with id 'run_1'.", "No message found with id 'msg_X'.")
    assert not fits("Cannot cancel run with status 'x'.", "Cannot update run with status 'x'.")
    assert fits("You didn't say 'a', and that you're b.", "You didn't say 'c', ...")
    assert not fits("You didn't say 'a', and that you're b.", "You did say ...")
