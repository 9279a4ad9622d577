"""Tools that this server does not have: runs go on without them, unless they must use them."""

from tests.support.nodes import PROJECT
from threadkeep.types.assistant import AssistantCreate
from threadkeep.types.message import MessageCreate
from threadkeep.types.run_request import RunCreate
from threadkeep.types.thread import ThreadCreate
from threadkeep.types.tool import CodeInterpreterTool, NamedToolChoiceInput


async def run(node, **fields):
    tools = [CodeInterpreterTool()]
    assistant = await node.engine.assistants.create(
        PROJECT, AssistantCreate(model="scripted-model", tools=tools)
    )
    message = MessageCreate(role="user", content="Hello?")
    thread = await node.engine.threads.create(PROJECT, ThreadCreate(messages=[message]))
    body = RunCreate(assistant_id=assistant.id, **fields)
    return await node.engine.runs.create(PROJECT, thread.id, body)


async def test_a_run_with_a_code_interpreter_goes_on_without_it_and_the_log_says_so(nodes, caplog):
    record = await run(await nodes.start())

    done = await nodes.reach(record, "completed")

    assert [tool.type for tool in done.run.tools] == ["code_interpreter"]
    assert "tools" not in nodes.script.requests[0].body
    assert "this server has no code_interpreter, so the model is not told of it" in caplog.text


async def test_a_run_that_must_use_the_code_interpreter_fails_with_words_that_say_why(nodes):
    choice = NamedToolChoiceInput(type="code_interpreter")

    record = await run(await nodes.start(), tool_choice=choice)

    failed = await nodes.reach(record, "failed")
    assert failed.run.last_error.code == "server_error"
    assert "which this server does not have" in failed.run.last_error.message
    assert nodes.script.requests == []
