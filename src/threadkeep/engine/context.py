"""What the model sees: the request of a turn, from the run, its budget and the history of its thread. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from threadkeep.engine.budget import Budget
from threadkeep.engine.history import History
from threadkeep.engine.toolbox import Toolbox, calls_of
from threadkeep.inference import (
    ChatFunctionCall,
    ChatMessage,
    ChatPart,
    ChatRequest,
    ChatToolCall,
)
from threadkeep.types.message import ImageFilePart, ImageURLPart, Message, RefusalPart, TextPart
from threadkeep.types.run import Run
from threadkeep.types.run_step import (
    MessageCreationDetails,
    RunStep,
    ToolCallsDetails,
)
from threadkeep.types.tool import FunctionName, NamedToolChoice, ToolChoice
from threadkeep.types.unknown import Unknown


def chat_request(run: Run, toolbox: Toolbox, history: History, budget: Budget) -> ChatRequest:
    """What the model is asked in the next turn."""
    return ChatRequest(
        model=run.model,
        messages=chat_messages(run, toolbox, history),
        tools=toolbox.offered,
        tool_choice=tool_choice(run, history),
        parallel_tool_calls=run.parallel_tool_calls,
        response_format=None if run.response_format == "auto" else run.response_format,
        temperature=run.temperature,
        top_p=run.top_p,
        max_completion_tokens=budget.completion_tokens,
        reasoning_effort=run.reasoning_effort,
        idempotency_key=f"{run.id}-{len(history.steps)}",
    )


def tool_choice(run: Run, history: History) -> ToolChoice:
    """The run's own, but `auto` once a forced call was made: else the run would never end."""
    choice = run.tool_choice or "auto"
    is_forced = choice == "required" or isinstance(choice, NamedToolChoice)
    if is_forced and any(_is_answered(step) for step in history.steps if step.run_id == run.id):
        return "auto"
    if isinstance(choice, NamedToolChoice) and choice.type != "function":  # a tool of the server's
        return NamedToolChoice(type="function", function=FunctionName(name=choice.type))
    return choice


def chat_messages(run: Run, toolbox: Toolbox, history: History) -> list[ChatMessage]:
    """Instructions, then messages with the tool calls that stand between them."""
    prompt = [ChatMessage(role="system", content=run.instructions)] if run.instructions else []
    calls = {run_id: _Calls(steps, toolbox) for run_id, steps in _by_run(history.steps).items()}
    for message in history.messages:
        if message.run_id in calls:
            _extend(prompt, calls[message.run_id].before(message))
        chat_message = _chat_message(message, history.images)
        if chat_message is not None:
            prompt.append(chat_message)
    if run.id in calls:
        _extend(prompt, calls[run.id].rest())
    return prompt


class _Calls:
    """The tool calls of a run, told one after the other."""

    def __init__(self, steps: list[RunStep], toolbox: Toolbox) -> None:
        self._steps = steps
        self._toolbox = toolbox

    def before(self, message: Message) -> Iterator[ChatMessage]:
        """Those that the run made before this message of its."""
        if any(_makes(step, message.id) for step in self._steps):
            while not _makes(step := self._steps.pop(0), message.id):
                yield from self._exchange(step)

    def rest(self) -> Iterator[ChatMessage]:
        """All others."""
        for step in self._steps:
            yield from self._exchange(step)

    def _exchange(self, step: RunStep) -> Iterator[ChatMessage]:
        """What the model called in this step and was told in return."""
        told: list[tuple[ChatToolCall, str]] = []
        for call in calls_of([step]) if _is_answered(step) else []:
            exchange = self._toolbox.exchange(call)
            if exchange is not None and not isinstance(call, Unknown):
                name, arguments, output = exchange
                function = ChatFunctionCall(name=name, arguments=arguments)
                told.append((ChatToolCall(id=call.id, function=function), output))
        if told:
            yield ChatMessage(role="assistant", content=None, tool_calls=[call for call, _ in told])
        for call, output in told:
            yield ChatMessage(role="tool", tool_call_id=call.id, content=output)


def _extend(prompt: list[ChatMessage], calls: Iterable[ChatMessage]) -> None:
    """Add tool calls; what the model said right before goes into the same message, as it wrote it."""
    for call in calls:
        said = prompt[-1] if prompt else None
        if said is not None and said.role == call.role == "assistant" and not said.tool_calls:
            prompt[-1] = msgspec.structs.replace(call, content=said.content)
        else:
            prompt.append(call)


def _by_run(steps: Iterable[RunStep]) -> dict[str, list[RunStep]]:
    by_run: dict[str, list[RunStep]] = {}
    for step in steps:
        by_run.setdefault(step.run_id, []).append(step)
    return by_run


def _makes(step: RunStep, message_id: str) -> bool:
    details = step.step_details
    return (
        isinstance(details, MessageCreationDetails)
        and details.message_creation.message_id == message_id
    )


def _is_answered(step: RunStep) -> bool:
    return isinstance(step.step_details, ToolCallsDetails) and step.status == "completed"


def _chat_message(message: Message, images: Mapping[str, str]) -> ChatMessage | None:
    """The message as the model takes it: plain text where there is nothing but text, None if it is empty."""
    parts = list(_chat_parts(message, images))
    texts = [part["text"] for part in parts if part["type"] == "text"]
    if len(texts) < len(parts):
        return ChatMessage(role=message.role, content=parts)
    text = "\n\n".join(texts)
    return ChatMessage(role=message.role, content=text) if text else None


def _chat_parts(message: Message, images: Mapping[str, str]) -> Iterator[ChatPart]:
    for part in message.content:
        match part:
            case TextPart():
                yield {"type": "text", "text": part.text.value}
            case RefusalPart():
                yield {"type": "text", "text": part.refusal}
            case ImageURLPart(image_url=image):
                yield {"type": "image_url", "image_url": {"url": image.url, "detail": image.detail}}
            case ImageFilePart(image_file=file) if file.file_id in images:
                image = {"url": images[file.file_id], "detail": file.detail}
                yield {"type": "image_url", "image_url": image}
            case _:
                pass
