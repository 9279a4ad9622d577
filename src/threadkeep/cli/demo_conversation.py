"""What is said in the demo, and what must come of it."""

from __future__ import annotations

import click
import msgspec

from threadkeep import Client, RunStream
from threadkeep.cli.demo_server import DemoError, DemoServer
from threadkeep.cli.wording import outcome
from threadkeep.types.run import RequiredToolCall, Run

INSTRUCTIONS = "You are a helpful assistant. Answer in one short sentence."
GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Name of the city."}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
WEATHER = "4 °C and rain"


class Place(msgspec.Struct, frozen=True):
    """The arguments of `get_weather`."""

    city: str


class DemoConversation:
    """A thread on a server, and an assistant that answers on it."""

    def __init__(self, server: DemoServer) -> None:
        self._client = Client(base_url=server.base_url, api_key=server.api_key)
        self._assistant_id = ""
        self._thread_id = ""

    def hold(self) -> str:
        """Say all there is to say; the id of the thread. Raises `DemoError` if an answer is wrong."""
        with self._client:
            self._prepare()
            self._ask("What is the capital of France?", mentions="Paris")
            self._ask("And of Italy?", mentions="Rome")
            self._ask_with_tool("What is the weather in Oslo?", city="Oslo", mentions="4")
        return self._thread_id

    def _prepare(self) -> None:
        """Make an assistant that names the first model there is, and a thread."""
        model = next((model.id for model in self._client.models.list()), "default")
        assistant = self._client.assistants.create(
            model=model, name="Demo", instructions=INSTRUCTIONS, temperature=0
        )
        thread = self._client.threads.create()
        self._assistant_id, self._thread_id = assistant.id, thread.id
        show_field("Assistant", f"{assistant.id}, asking for the model {model}")
        show_field("Thread", f"{thread.id}\n")

    def _ask(self, question: str, *, mentions: str) -> None:
        """A turn without tools."""
        self._say(question)
        stream = self._client.threads.runs.stream(self._thread_id, assistant_id=self._assistant_id)
        check_answer(shown_answer(stream), stream, mentions)

    def _ask_with_tool(self, question: str, *, city: str, mentions: str) -> None:
        """A turn in which the model calls a function, and this program answers the call."""
        self._say(question)
        stream = self._client.threads.runs.stream(
            self._thread_id,
            assistant_id=self._assistant_id,
            tools=[GET_WEATHER],
            tool_choice="required",
        )
        with stream:
            run = stream.get_final_run()
        call = checked_call(run, city)
        show("assistant", f"calls {call.function.name}({call.function.arguments})")
        show("this demo", f"submits the tool output: {WEATHER}")
        stream = self._client.threads.runs.submit_tool_outputs_stream(
            run.id,
            thread_id=self._thread_id,
            tool_outputs=[{"tool_call_id": call.id, "output": WEATHER}],
        )
        check_answer(shown_answer(stream), stream, mentions)

    def _say(self, text: str) -> None:
        """Put a message of the user on the thread."""
        self._client.threads.messages.create(self._thread_id, role="user", content=text)
        show("user", text)


def show_field(name: str, value: str) -> None:
    """Print a value beside its name, the names below each other."""
    click.echo(click.style(f"{name:10} ", bold=True) + value)


def show(who: str, text: str, *, ends_line: bool = True) -> None:
    """Print who does what."""
    click.echo(click.style(f"  {who:10} ", fg="cyan") + text, nl=ends_line)


def shown_answer(stream: RunStream) -> str:
    """What the assistant says, shown as it comes."""
    show("assistant", "", ends_line=False)
    texts: list[str] = []
    with stream:
        for text in stream.text_deltas:
            click.echo(text, nl=False)
            texts.append(text)
    click.echo("\n")
    return "".join(texts)


def check_answer(answer: str, stream: RunStream, mentions: str) -> None:
    """Raise `DemoError` unless the run is completed and says what it must."""
    run = stream.current_run
    if run is None or run.status != "completed":
        raise DemoError(
            "the run is not completed: " + (f"{run.status}, {outcome(run)}" if run else "")
        )
    if mentions.lower() not in answer.lower():
        raise DemoError(f"the answer does not mention {mentions}")


def checked_call(run: Run, city: str) -> RequiredToolCall:
    """The call that the run waits for. Raises `DemoError` unless it is the one that it must be."""
    if run.required_action is None:
        raise DemoError(f"the model called no function; the run is {run.status}. {outcome(run)}")
    call = run.required_action.submit_tool_outputs.tool_calls[0]
    if city not in msgspec.json.decode(call.function.arguments, type=Place).city:
        raise DemoError(f"the model asked for the weather of {call.function.arguments}")
    return call
