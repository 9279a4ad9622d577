"""What the model is asked: messages and tool calls in the order in which they happened."""

import msgspec

from threadkeep.engine.budget import Budget
from threadkeep.engine.context import chat_messages, chat_request
from threadkeep.engine.history import History
from threadkeep.engine.toolbox import Toolbox
from threadkeep.types.message import ImageURL, ImageURLPart, Message, TextPart, TextValue
from threadkeep.types.run import Run
from threadkeep.types.run_step import (
    FunctionCallRecord,
    FunctionToolCall,
    MessageCreation,
    MessageCreationDetails,
    RunStep,
    ToolCallsDetails,
)
from threadkeep.types.tool import (
    CodeInterpreterTool,
    FunctionDefinition,
    FunctionTool,
    NamedToolChoice,
)

RUN = Run(id="run_2", instructions="Be brief.", tool_choice="required")
BOX = Toolbox(RUN, [])


def text(value: str) -> TextPart:
    return TextPart(text=TextValue(value=value))


def said(id: str, role: str, value: str, run_id: str | None = None) -> Message:
    return Message(id=id, role=role, content=[text(value)], run_id=run_id)


def called(id: str, run_id: str, *, status: str = "completed") -> RunStep:
    record = FunctionCallRecord(name="get_weather", arguments="{}", output="rain")
    details = ToolCallsDetails(tool_calls=[FunctionToolCall(id=f"call_{id}", function=record)])
    return RunStep(id=id, run_id=run_id, status=status, type="tool_calls", step_details=details)


def made(id: str, run_id: str, message_id: str) -> RunStep:
    details = MessageCreationDetails(message_creation=MessageCreation(message_id=message_id))
    return RunStep(id=id, run_id=run_id, status="completed", step_details=details)


def roles(history: History, run: Run = RUN) -> list[str]:
    return [message.role for message in chat_messages(run, Toolbox(run, []), history)]


def test_instructions_come_first():
    history = History([said("msg_1", "user", "Hi")], [])

    first, second = chat_messages(RUN, BOX, history)

    assert (first.role, first.content) == ("system", "Be brief.")
    assert (second.role, second.content) == ("user", "Hi")


def test_the_calls_of_an_earlier_run_stand_before_the_message_that_came_of_them():
    history = History(
        [
            said("msg_1", "user", "Weather?"),
            said("msg_2", "assistant", "Rain.", "run_1"),
            said("msg_3", "user", "And tomorrow?"),
        ],
        [called("step_1", "run_1"), made("step_2", "run_1", "msg_2")],
    )

    assert roles(history) == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_what_was_said_before_a_call_goes_with_it():
    history = History(
        [said("msg_1", "user", "Weather?"), said("msg_2", "assistant", "Let me see.", "run_2")],
        [made("step_1", "run_2", "msg_2"), called("step_2", "run_2")],
    )

    _, _, call, output = chat_messages(RUN, BOX, history)

    assert (call.role, call.content) == ("assistant", "Let me see.")
    assert call.tool_calls[0].id == output.tool_call_id == "call_step_2"
    assert output.content == "rain"


def test_calls_without_outputs_are_not_told():
    history = History(
        [said("msg_1", "user", "Weather?")], [called("step_1", "run_2", status="cancelled")]
    )

    assert roles(history) == ["system", "user"]


def test_calls_of_a_run_whose_message_was_deleted_do_not_disturb():
    history = History(
        [said("msg_2", "assistant", "Rain.", "run_1")],
        [
            made("step_0", "run_1", "msg_gone"),
            called("step_1", "run_1"),
            made("step_2", "run_1", "msg_2"),
        ],
    )

    assert roles(history) == ["system", "assistant", "tool", "assistant"]


def test_images_go_as_parts_and_text_as_text():
    picture = ImageURLPart(image_url=ImageURL(url="https://example.com/a.png", detail="low"))
    history = History([Message(id="msg_1", content=[text("Look:"), picture])], [])

    message = chat_messages(RUN, BOX, history)[1]

    assert message.content == [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
    ]


def test_an_empty_message_is_left_out():
    assert roles(History([said("msg_1", "assistant", "", "run_1")], [])) == ["system"]


def test_a_forced_call_is_forced_once():
    history = History([], [called("step_1", "run_2")])
    budget = Budget(prompt_tokens=1000, completion_tokens=30)

    assert chat_request(RUN, BOX, History([], []), budget).tool_choice == "required"
    assert chat_request(RUN, BOX, history, budget).tool_choice == "auto"
    earlier = History([], [called("step_1", "run_1")])
    assert chat_request(RUN, BOX, earlier, budget).tool_choice == "required"


def test_a_tool_that_is_not_there_is_named_where_it_is_forced():
    forced = Run(id="run_2", tool_choice=NamedToolChoice(type="code_interpreter"))

    assert "code_interpreter" in Toolbox(forced, []).missing_choice().message
    assert Toolbox(RUN, []).missing_choice() is None


def test_a_run_that_must_use_some_tool_needs_one_that_is_there():
    alone = Run(id="run_2", tool_choice="required", tools=[CodeInterpreterTool()])
    function = FunctionTool(function=FunctionDefinition(name="get_weather"))
    with_another = msgspec.structs.replace(alone, tools=[*alone.tools, function])

    assert "code_interpreter" in Toolbox(alone, []).missing_choice().message
    assert Toolbox(with_another, []).missing_choice() is None


def test_the_request_carries_the_settings_of_the_run():
    tool = FunctionTool(function=FunctionDefinition(name="get_weather"))
    run = Run(
        id="run_2",
        model="gpt-4o",
        tools=[tool],
        temperature=0.2,
        top_p=0.5,
        parallel_tool_calls=False,
        reasoning_effort="low",
    )

    request = chat_request(run, Toolbox(run, []), History([], []), Budget(1000, 30))

    assert request.tools == [tool]
    assert (request.model, request.temperature, request.top_p) == ("gpt-4o", 0.2, 0.5)
    assert (request.max_completion_tokens, request.parallel_tool_calls) == (30, False)
    assert (request.response_format, request.reasoning_effort) == (None, "low")
