"""A conversation by the official Python SDK, any version of it: `python openai_python.py URL`."""

from __future__ import annotations

import sys

from openai import AsyncOpenAI, OpenAI
from openai_conversation import converse


def main(url: str) -> None:
    options = {"base_url": f"{url}/v1", "api_key": "sk-test", "max_retries": 0}
    converse(OpenAI(**options), AsyncOpenAI(**options))


if __name__ == "__main__":
    main(sys.argv[1])
