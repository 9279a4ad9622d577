"""What of a thread goes into a prompt, whether it is read or known already."""

from __future__ import annotations

import pytest

from tests.support.records import PROJECT, new_message, new_record, new_run, new_thread
from threadkeep.engine.history import load_history
from threadkeep.engine.images import Images
from threadkeep.storage.files.local_folder import LocalFolder
from threadkeep.storage.sqlite import SQLiteStorage
from threadkeep.types.run import TruncationStrategy

TEXTS = [f"This is number {number}." for number in range(60)]
LAST_TWO = 25


@pytest.mark.parametrize("is_known", [False, True], ids=["read", "known"])
@pytest.mark.parametrize(
    ("strategy", "prompt_tokens", "expected"),
    [
        (TruncationStrategy(type="auto"), 32_000, TEXTS),
        (TruncationStrategy(type="auto"), LAST_TWO, [TEXTS[0], *TEXTS[-2:]]),
        (TruncationStrategy(type="auto"), 1, [TEXTS[0], TEXTS[-1]]),
        (TruncationStrategy(type="last_messages", last_messages=1), 32_000, TEXTS[-1:]),
        (TruncationStrategy(type="last_messages", last_messages=55), 32_000, TEXTS[-55:]),
        (TruncationStrategy(type="last_messages", last_messages=80), 32_000, TEXTS),
        (TruncationStrategy(type="last_messages", last_messages=55), LAST_TWO, TEXTS[-2:]),
    ],
)
async def test_what_fits_of_a_thread(
    traced_storage: SQLiteStorage, tmp_path, strategy, prompt_tokens, expected, is_known
):
    thread = new_thread()
    said = [new_message(thread, text, role="user") for text in TEXTS]
    await traced_storage.threads.insert(PROJECT, thread, said)
    record = new_record(new_run(thread, truncation_strategy=strategy))
    images = Images(LocalFolder(tmp_path / "files"))

    history = await load_history(
        traced_storage, images, record, [], prompt_tokens, said if is_known else None
    )

    assert [message.content[0].text.value for message in history.messages] == expected
