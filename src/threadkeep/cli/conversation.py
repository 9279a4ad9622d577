"""Turns of a conversation on a thread, shown as they come."""

from __future__ import annotations

from typing import Final

import click

from threadkeep import Client, RunStream
from threadkeep.cli.wording import outcome
from threadkeep.client.run_stream import texts_of
from threadkeep.types.event import RunRestartEvent
from threadkeep.types.run import RequiredAction, Run
from threadkeep.types.run_request import ToolOutput
from threadkeep.wire.runs import RunParameters

_AGAIN: Final = "[the server was interrupted, the last answer begins again]"


class Conversation:
    """A thread, and the assistant that answers on it."""

    def __init__(
        self,
        client: Client,
        thread_id: str,
        assistant_id: str,
        model: str | None,
        instructions: str | None,
    ) -> None:
        self._client = client
        self._thread_id = thread_id
        self._arguments = RunParameters(assistant_id=assistant_id)
        if model is not None:
            self._arguments["model"] = model
        if instructions is not None:
            self._arguments["instructions"] = instructions

    def turn(self, text: str) -> None:
        """Say `text` and show the answer, asking for the output of each function on the way."""
        self._client.threads.messages.create(self._thread_id, role="user", content=text)
        stream = self._client.threads.runs.stream(self._thread_id, **self._arguments)
        run = self._shown(stream)
        while run.required_action is not None:
            run = self._shown(self._with_outputs(run, run.required_action))
        if run.status != "completed":
            click.echo(f"[{run.status}] {outcome(run)}".rstrip(), err=True)

    def _shown(self, stream: RunStream) -> Run:
        """Show a stream to its end; Ctrl-C cancels the run."""
        with stream:
            try:
                for event in stream:
                    if isinstance(event, RunRestartEvent):
                        click.echo(f"\n{_AGAIN}")
                    click.echo("".join(texts_of(event)), nl=False)
            except KeyboardInterrupt:
                return self._cancelled(stream.current_run)
            finally:
                click.echo()
            return stream.get_final_run()

    def _cancelled(self, run: Run | None) -> Run:
        """The run, once it has stopped."""
        if run is None:
            raise click.Abort
        self._client.threads.runs.cancel(run.id, thread_id=run.thread_id)
        return self._client.threads.runs.poll(run.id, run.thread_id)

    def _with_outputs(self, run: Run, action: RequiredAction) -> RunStream:
        """The rest of the run, with what was typed as the outputs of its calls."""
        outputs: list[ToolOutput] = []
        for call in action.submit_tool_outputs.tool_calls:
            typed = click.prompt(
                f"{call.function.name}({call.function.arguments})", prompt_suffix=" = "
            )
            outputs.append(ToolOutput(tool_call_id=call.id, output=typed))
        return self._client.threads.runs.submit_tool_outputs_stream(
            run.id, thread_id=run.thread_id, tool_outputs=outputs
        )
