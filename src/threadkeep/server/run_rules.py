"""What a request for a run must keep to beyond the types of its fields."""

from __future__ import annotations

from threadkeep.server import wording
from threadkeep.types.run_request import RunOverrides
from threadkeep.types.tool import NamedToolChoice


def check_run_rules(body: RunOverrides) -> None:
    """Raise `InvalidRequestError` if one field needs another that is not there."""
    strategy, choice = body.truncation_strategy, body.tool_choice
    if strategy and strategy.type == "last_messages" and strategy.last_messages is None:
        raise wording.missing("truncation_strategy.last_messages")
    if isinstance(choice, NamedToolChoice) and choice.type == "function" and not choice.function:
        raise wording.missing("tool_choice.function")
