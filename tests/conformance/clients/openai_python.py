"""A conversation by the official Python SDK, any version of it: `python openai_python.py URL`.

Prints one JSON object: the version, and for each chapter what the SDK saw and how often it called back.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from typing import Any

import openai
from openai_chapters import cancelling, errors, lists, objects, polling, streaming
from openai_chapters_async import conversation

warnings.filterwarnings("ignore", category=DeprecationWarning)


async def by_async_client(base_url: str) -> dict[str, Any]:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="sk-test", max_retries=0) as client:
        return await conversation(client)


def main(url: str) -> None:
    base_url = f"{url}/v1"
    with openai.OpenAI(base_url=base_url, api_key="sk-test", max_retries=0) as client:
        saw = {
            chapter.__name__: chapter(client)
            for chapter in (objects, lists, polling, streaming, cancelling, errors)
        }
    saw["async"] = asyncio.run(by_async_client(base_url))
    print(json.dumps({"version": openai.__version__, "saw": saw}))


if __name__ == "__main__":
    main(sys.argv[1])
