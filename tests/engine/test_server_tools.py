"""Tools that the server runs: what they do elsewhere is done once if they pass their idempotency key on."""

import json

import pytest

from tests.support.nodes import PROJECT
from tests.support.scripted_model import Gate
from threadkeep.errors import StorageError
from threadkeep.tools import Citations
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.delta import CodeInterpreterToolCallDelta
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate
from threadkeep.types.run_step import CodeInterpreterCallRecord, CodeInterpreterToolCall
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import CodeInterpreterTool, FunctionDefinition, FunctionTool

TWICE = (("code_interpreter", '{"input": "2 + 2"}'), ("code_interpreter", '{"input": "3 + 3"}'))


class Interpreter:
    """A server tool that notes by which keys it was asked; the first time for each, its storage is away."""

    type = "code_interpreter"

    def __init__(self):
        self.keys = []

    def offered(self, run):
        has_it = any(isinstance(tool, CodeInterpreterTool) for tool in run.tools)
        return FunctionTool(function=FunctionDefinition(name=self.type)) if has_it else None

    async def prepare(self, project, run):
        pass

    def opening(self, run, index, call_id):
        return CodeInterpreterToolCallDelta(index=index, id=call_id)

    def opened(self, run, call_id):
        return CodeInterpreterToolCall(
            id=call_id, code_interpreter=CodeInterpreterCallRecord(input="")
        )

    async def perform(self, project, run, call):
        self.keys.append(call.idempotency_key)
        if self.keys.count(call.idempotency_key) == 1:
            raise StorageError("away")
        record = CodeInterpreterCallRecord(input=json.loads(call.arguments)["input"])
        return CodeInterpreterToolCall(id=call.id, code_interpreter=record)

    def arguments(self, call):
        return json.dumps({"input": call.code_interpreter.input})

    def output(self, call):
        return "done"

    def citations(self, calls):
        return Citations()


@pytest.fixture
def interpreter(nodes):
    interpreter = Interpreter()
    nodes.more_tools.append(interpreter)
    return interpreter


async def new_run(node):
    body = AssistantCreate(model="scripted-model", tools=[CodeInterpreterTool()])
    assistant = await node.engine.assistants.create(PROJECT, body)
    message = MessageCreate(role="user", content="2 + 2?")
    thread = await node.engine.threads.create(PROJECT, ThreadCreate(messages=[message]))
    return await node.engine.runs.create(PROJECT, thread.id, RunCreate(assistant_id=assistant.id))


async def test_a_call_that_is_repeated_has_the_same_key_and_every_call_one_of_its_own(
    nodes, interpreter
):
    node = await nodes.start()
    nodes.script.call_functions(*TWICE)

    record = await nodes.reach(await new_run(node), "completed")

    (step, _) = await nodes.storage.run_steps.of_runs(
        PROJECT, record.run.thread_id, [record.run.id]
    )
    calls = step.step_details.tool_calls
    assert [call.code_interpreter.input for call in calls] == ["2 + 2", "3 + 3"]
    expected = [f"{record.run.id}/{step.id}/{call.id}" for call in calls]
    assert interpreter.keys == expected * 2


async def test_a_call_that_was_completed_is_not_made_again_by_who_takes_the_run(nodes, interpreter):
    gate = Gate()
    nodes.script.call_functions(*TWICE[:1])
    nodes.script.reply("It is", gate)
    nodes.script.reply("It is four.")
    zombie = await nodes.start()
    record = await new_run(zombie)
    await gate.reached()
    keys = [*interpreter.keys]

    zombie.storage.is_cut_off = True
    await nodes.start()
    await nodes.reach(record, "completed", epoch=2)

    assert interpreter.keys == keys
    told = nodes.script.requests[-1].body["messages"]
    assert [message["role"] for message in told] == ["user", "assistant", "tool"]
    gate.open()
