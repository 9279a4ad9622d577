"""A FastAPI endpoint that passes on a chat model's stream with the official SDK and sse-starlette; it keeps nothing."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from openai import AsyncOpenAI
from pydantic import BaseModel
from sse_starlette import EventSourceResponse

app = FastAPI()
client = AsyncOpenAI(base_url=os.environ["BENCH_UPSTREAM"], api_key="any")


class Text(BaseModel):
    value: str


class TextDelta(BaseModel):
    index: int = 0
    type: str = "text"
    text: Text


class Content(BaseModel):
    content: list[TextDelta]


class MessageDelta(BaseModel):
    id: str = "msg_1"
    object: str = "thread.message.delta"
    delta: Content


class NewRun(BaseModel):
    assistant_id: str
    stream: bool = True
    thread: dict[str, Any]


@app.post("/v1/threads/runs")
async def stream_run(body: NewRun) -> EventSourceResponse:
    """The assistant's id is the name of the model."""
    return EventSourceResponse(_events(body))


async def _events(body: NewRun) -> AsyncIterator[dict[str, str]]:
    stream = await client.chat.completions.create(
        model=body.assistant_id,
        messages=body.thread["messages"],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        if chunk.choices and (text := chunk.choices[0].delta.content):
            delta = Content(content=[TextDelta(text=Text(value=text))])
            yield {
                "event": "thread.message.delta",
                "data": MessageDelta(delta=delta).model_dump_json(),
            }
    yield {"event": "done", "data": "[DONE]"}
