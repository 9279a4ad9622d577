"""Reading a chat model's stream: ours against the official SDK, token by token; CPU of the reading process."""

from __future__ import annotations

from openai import AsyncOpenAI

from bench.chat_model import chat_model
from bench.measuring import Figure, in_turns, show
from threadkeep.inference import ChatMessage, ChatRequest
from threadkeep.inference.openai_compatible import OpenAICompatibleModel
from threadkeep.settings import UpstreamSettings
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport

TOKENS = 200
PACE = f"{TOKENS}x10"


async def bench() -> None:
    """Print the table for few streams and for many."""
    with chat_model() as model:
        base_url = model.base_url
        transport = AsyncPyreqwestTransport()
        ours = OpenAICompatibleModel("bench", UpstreamSettings(url=base_url), transport)
        official = AsyncOpenAI(base_url=base_url, api_key="any")
        calls = {"official SDK": lambda: read_theirs(official), "threadkeep": lambda: read(ours)}
        for streams in (1, 64):
            figures = await in_turns(calls, streams, streams)
            show(f"A token of a chat model's stream, {streams} at once", for_each_token(figures))
        await transport.aclose()
        await official.close()


async def read(chat_model: OpenAICompatibleModel) -> None:
    """Read a reply to its end."""
    messages = [ChatMessage(role="user", content="Hello")]
    request = ChatRequest(model=PACE, messages=messages)
    tokens = [c async for chunks in chat_model.stream(request) for c in chunks if c.text]
    assert len(tokens) == TOKENS


async def read_theirs(official: AsyncOpenAI) -> None:
    """The same with the official SDK."""
    stream = await official.chat.completions.create(
        model=PACE,
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    tokens = [c async for c in stream if c.choices and c.choices[0].delta.content]
    assert len(tokens) == TOKENS


def for_each_token(figures: dict[str, Figure]) -> dict[str, Figure]:
    """The figures of a whole reply, for one of its tokens."""
    return {name: Figure(f.wall / TOKENS, f.cpu / TOKENS) for name, f in figures.items()}
