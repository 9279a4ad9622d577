"""How many tokens a model read and wrote."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class PromptTokenDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the prompt tokens were."""

    cached_tokens: int = 0


class CompletionTokensDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the completion tokens were."""

    reasoning_tokens: int = 0


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Token counts of a run or of one of its steps. The odd `prompt_token_details` is the wire's."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_token_details: PromptTokenDetails = PromptTokenDetails()
    completion_tokens_details: CompletionTokensDetails = CompletionTokensDetails()

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            total_tokens=self.total_tokens + other.total_tokens,
            prompt_token_details=PromptTokenDetails(
                cached_tokens=self.prompt_token_details.cached_tokens
                + other.prompt_token_details.cached_tokens
            ),
            completion_tokens_details=CompletionTokensDetails(
                reasoning_tokens=self.completion_tokens_details.reasoning_tokens
                + other.completion_tokens_details.reasoning_tokens
            ),
        )


def total(usages: Iterable[Usage]) -> Usage:
    """All of them together."""
    return sum(usages, Usage())
