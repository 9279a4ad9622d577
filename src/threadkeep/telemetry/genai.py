"""How runs, model calls and tool calls are described in spans: the semantic conventions for generative AI. Pure."""

from __future__ import annotations

from typing import Final

from threadkeep.inference import ChatRequest, FinishReason
from threadkeep.storage import RunRecord
from threadkeep.telemetry.tracing import Attributes
from threadkeep.types.run import Run
from threadkeep.types.usage import Usage

_PROVIDER: Final = "openai"
"""Whose API it is, as the conventions have it where nobody knows who answers."""
_RUN_ID: Final = "threadkeep.run.id"


def run_name(run: Run) -> str:
    """What the span of a run is called."""
    return f"invoke_agent {run.assistant_id}"


def run_attributes(record: RunRecord) -> Attributes:
    """A run that a worker has claimed."""
    run = record.run
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": _PROVIDER,
        "gen_ai.agent.id": run.assistant_id,
        "gen_ai.conversation.id": run.thread_id,
        "gen_ai.request.model": run.model,
        "gen_ai.request.temperature": run.temperature,
        "gen_ai.request.top_p": run.top_p,
        "gen_ai.request.max_tokens": run.max_completion_tokens,
        _RUN_ID: run.id,
        "threadkeep.run.attempt": record.attempts,
        "threadkeep.run.epoch": record.epoch,
    }


def outcome_attributes(run: Run) -> Attributes:
    """What became of it."""
    status: Attributes = {"threadkeep.run.status": run.status}
    return {**status, **usage_attributes(run.usage)} if run.usage else status


def chat_name(request: ChatRequest) -> str:
    """What the span of a model call is called."""
    return f"chat {request.model}"


def chat_attributes(request: ChatRequest) -> Attributes:
    """What a chat model is asked for, without what is said."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDER,
        "gen_ai.request.model": request.model,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.max_tokens": request.max_completion_tokens,
        "gen_ai.request.stream": True,
    }


def reply_attributes(
    finish_reason: FinishReason | None, usage: Usage | None, first_chunk_seconds: float | None
) -> Attributes:
    """How a chat model replied."""
    reply: Attributes = {
        "gen_ai.response.finish_reasons": [finish_reason] if finish_reason else None,
        "gen_ai.response.time_to_first_chunk": first_chunk_seconds,
    }
    return {**reply, **usage_attributes(usage)} if usage else reply


def usage_attributes(usage: Usage) -> Attributes:
    """How many tokens were read and written."""
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.prompt_token_details.cached_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.completion_tokens_details.reasoning_tokens,
    }


def tool_name(tool: str) -> str:
    """What the span of a tool call is called."""
    return f"execute_tool {tool}"


def tool_attributes(tool: str, call_id: str, run: Run) -> Attributes:
    """A tool that the server runs itself."""
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "datastore" if tool == "file_search" else "extension",
        "gen_ai.tool.call.id": call_id,
        "gen_ai.conversation.id": run.thread_id,
        _RUN_ID: run.id,
    }
