"""The whole conversation by a client and its asynchronous twin.

Prints one JSON object: the version, and for each chapter what the SDK saw and how often it called back.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import openai
import openai_chapters_async
from openai_chapters import cancelling, errors, lists, objects, polling, streaming
from openai_file_chapters import files, searching, vector_stores

CHAPTERS = (
    objects,
    lists,
    polling,
    streaming,
    cancelling,
    errors,
    files,
    vector_stores,
    searching,
)

warnings.filterwarnings("ignore", category=DeprecationWarning)


def converse(client: openai.OpenAI, async_client: openai.AsyncOpenAI) -> None:
    with client:
        saw = {chapter.__name__: chapter(client) for chapter in CHAPTERS}
    saw["async"] = asyncio.run(_converse_async(async_client))
    print(json.dumps({"version": openai.__version__, "saw": saw}))


async def _converse_async(client: openai.AsyncOpenAI) -> dict[str, Any]:
    async with client:
        return await openai_chapters_async.conversation(client)
