"""A run whose stream breaks off with an `error` event: `python openai_broken_stream.py URL`."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import openai
from openai_chapters import MODEL, said_first
from openai_handlers import CountingHandler

warnings.filterwarnings("ignore", category=DeprecationWarning)


def raised_by(call: Any) -> list[str]:
    try:
        call()
    except openai.APIError as error:
        return [type(error).__name__, error.message]
    return ["nothing"]


def main(url: str) -> None:
    handler = CountingHandler()
    with openai.OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0) as client:
        assistant = client.beta.assistants.create(model=MODEL, instructions="Be kind.").id
        run: Any = {"assistant_id": assistant, "thread": said_first("Hello")}

        def by_handler() -> None:
            with client.beta.threads.create_and_run_stream(**run, event_handler=handler) as stream:
                stream.until_done()

        def by_events() -> None:
            for _ in client.beta.threads.create_and_run(**run, stream=True):
                pass

        saw = {"handler": raised_by(by_handler), "events": raised_by(by_events)}
    saw["callbacks"] = [handler.counts["on_exception"], handler.counts["on_end"]]
    print(json.dumps({"version": openai.__version__, "saw": saw}))


if __name__ == "__main__":
    main(sys.argv[1])
