"""Chunks of a model's reply, as hypothesis strategies."""

from hypothesis import strategies as st

from threadkeep.inference import ChatChunk, ToolCallChunk
from threadkeep.types.usage import Usage

_TEXT = st.text(max_size=6)
_TOOL_CALLS = st.builds(
    ToolCallChunk,
    index=st.integers(0, 2),
    id=st.none() | _TEXT,
    name=st.none() | st.sampled_from(["get_weather", "add"]),
    arguments=_TEXT,
)
CHUNKS = st.builds(
    ChatChunk,
    text=st.none() | _TEXT,
    refusal=st.none() | _TEXT,
    tool_calls=st.lists(_TOOL_CALLS, max_size=2),
    finish_reason=st.none() | st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
    usage=st.none() | st.builds(Usage, prompt_tokens=st.integers(0, 99)),
)
REPLIES = st.lists(CHUNKS, max_size=12)
TEXT_REPLIES = st.lists(st.builds(ChatChunk, text=_TEXT, refusal=st.none() | _TEXT), max_size=12)
