"""The same conversation by the clients for Azure OpenAI in the official Python SDK: `python azure_openai.py URL`."""

from __future__ import annotations

import sys

from openai import AsyncAzureOpenAI, AzureOpenAI
from openai_conversation import converse


def main(url: str) -> None:
    options = {
        "azure_endpoint": url,
        "api_key": "sk-test",
        "api_version": "2024-05-01-preview",
        "max_retries": 0,
    }
    converse(AzureOpenAI(**options), AsyncAzureOpenAI(**options))


if __name__ == "__main__":
    main(sys.argv[1])
