"""What the model sees: the request of a turn, from the run, its budget and the history of its thread. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from threadkeep.engine.budget import Budget
from threadkeep.engine.history import History
from threadkeep.inference import (
    ChatFunctionCall,
    ChatMessage,
    ChatPart,
    ChatRequest,
    ChatToolCall,
)
from threadkeep.types.message import ImageURLPart, Message, RefusalPart, TextPart
from threadkeep.types.run import LastError, Run
from threadkeep.types.run_step import (
    FunctionToolCall,
    MessageCreationDetails,
    RunStep,
    ToolCallsDetails,
)
from threadkeep.types.tool import FunctionTool, NamedToolChoice, ToolChoice


def chat_request(run: Run, history: History, budget: Budget) -> ChatRequest:
    """What the model is asked in the next turn."""
    return ChatRequest(
        model=run.model,
        messages=chat_messages(run, history),
        tools=list(functions_of(run).values()),
        tool_choice=tool_choice(run, history),
        parallel_tool_calls=run.parallel_tool_calls,
        response_format=None if run.response_format == "auto" else run.response_format,
        temperature=run.temperature,
        top_p=run.top_p,
        max_completion_tokens=budget.completion_tokens,
        reasoning_effort=run.reasoning_effort,
        idempotency_key=f"{run.id}-{len(history.steps)}",
    )


def functions_of(run: Run) -> dict[str, FunctionTool]:
    """The functions that the model may call, by name."""
    return {tool.function.name: tool for tool in run.tools if isinstance(tool, FunctionTool)}


def missing_tool(run: Run) -> LastError | None:
    """Why the run cannot do what it is told to: it must use a tool that this server does not have."""
    choice = run.tool_choice
    if not isinstance(choice, NamedToolChoice) or choice.type == "function":
        return None
    message = f"The run must use the tool '{choice.type}', which this server does not have."
    return LastError(code="server_error", message=message)


def tool_choice(run: Run, history: History) -> ToolChoice:
    """The run's own, but `auto` once a forced call was made: else the run would never end."""
    choice = run.tool_choice or "auto"
    is_forced = choice == "required" or isinstance(choice, NamedToolChoice)
    was_made = any(_is_answered_call(step) for step in history.steps if step.run_id == run.id)
    return "auto" if is_forced and was_made else choice


def chat_messages(run: Run, history: History) -> list[ChatMessage]:
    """Instructions, then messages with the tool calls that stand between them."""
    prompt = [ChatMessage(role="system", content=run.instructions)] if run.instructions else []
    steps = _steps_by_run(history.steps)
    for message in history.messages:
        for call in _calls_before(message, steps.get(message.run_id or "", [])):
            _append(prompt, call)
        chat_message = _chat_message(message)
        if chat_message is not None:
            prompt.append(chat_message)
    for call in _calls(steps.get(run.id, [])):
        _append(prompt, call)
    return prompt


def _append(prompt: list[ChatMessage], call: ChatMessage) -> None:
    """Add a tool call; what the model said right before it goes into the same message, as models wrote it."""
    said = prompt[-1] if prompt else None
    if said is not None and said.role == call.role == "assistant" and not said.tool_calls:
        prompt[-1] = msgspec.structs.replace(call, content=said.content)
    else:
        prompt.append(call)


def _steps_by_run(steps: Iterable[RunStep]) -> dict[str, list[RunStep]]:
    by_run: dict[str, list[RunStep]] = {}
    for step in steps:
        by_run.setdefault(step.run_id, []).append(step)
    return by_run


def _calls_before(message: Message, steps: list[RunStep]) -> Iterator[ChatMessage]:
    """The tool calls that the run made before this message of its; steps that were told are taken away."""
    if not any(_makes(step, message.id) for step in steps):
        return
    while not _makes(steps[0], message.id):
        yield from _calls([steps.pop(0)])
    steps.pop(0)


def _makes(step: RunStep, message_id: str) -> bool:
    details = step.step_details
    return (
        isinstance(details, MessageCreationDetails)
        and details.message_creation.message_id == message_id
    )


def _is_answered_call(step: RunStep) -> bool:
    return isinstance(step.step_details, ToolCallsDetails) and step.status == "completed"


def _calls(steps: Iterable[RunStep]) -> Iterator[ChatMessage]:
    """The function calls of completed steps, and their outputs."""
    for step in steps:
        if not isinstance(step.step_details, ToolCallsDetails) or not _is_answered_call(step):
            continue
        calls = [
            call for call in step.step_details.tool_calls if isinstance(call, FunctionToolCall)
        ]
        if calls:
            yield ChatMessage(
                role="assistant", content=None, tool_calls=[_chat_call(call) for call in calls]
            )
        for call in calls:
            output = call.function.output or ""
            yield ChatMessage(role="tool", tool_call_id=call.id, content=output)


def _chat_call(call: FunctionToolCall) -> ChatToolCall:
    function = ChatFunctionCall(name=call.function.name, arguments=call.function.arguments)
    return ChatToolCall(id=call.id, function=function)


def _chat_message(message: Message) -> ChatMessage | None:
    """The message as the model takes it: plain text where there is nothing but text, None if it is empty."""
    parts = list(_chat_parts(message))
    if any(part["type"] != "text" for part in parts):
        return ChatMessage(role=message.role, content=parts)
    text = "\n\n".join(part["text"] for part in parts)
    return ChatMessage(role=message.role, content=text) if text else None


def _chat_parts(message: Message) -> Iterator[ChatPart]:
    for part in message.content:
        match part:
            case TextPart():
                yield {"type": "text", "text": part.text.value}
            case RefusalPart():
                yield {"type": "text", "text": part.refusal}
            case ImageURLPart(image_url=image):
                yield {"type": "image_url", "image_url": {"url": image.url, "detail": image.detail}}
            case _:
                pass
