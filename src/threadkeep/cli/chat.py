"""`threadkeep chat`: a conversation on a thread, in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

import click

from threadkeep import Client
from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.conversation import Conversation
from threadkeep.types.assistant import Assistant
from threadkeep.types.model import Model

MADE_BY_CHAT = {"made_by": "threadkeep chat"}
LOCAL = "local"
"""Who owns the model that a server runs itself."""

NO_MODEL = "default"
"""Asked for where a server lists no models; its answer then says what to do about that."""


@click.command()
@click.option("--thread", "thread_id", metavar="ID", help="Thread to go on with; else a new one.")
@click.option("--assistant", "assistant_id", metavar="ID", help="Assistant to talk to.")
@click.option("--model", metavar="NAME", help="Model to ask for; else the assistant's.")
@click.option("--instructions", metavar="TEXT", help="What the assistant shall be told.")
@at_address
def chat(
    address: Address,
    thread_id: str | None,
    assistant_id: str | None,
    model: str | None,
    instructions: str | None,
) -> None:
    """Talk to an assistant, on a new thread or on one that there is.

    Each line is a message. Ctrl-C stops an answer, Ctrl-D ends the conversation; the thread stays,
    and --thread goes on with it. If the assistant calls a function, you are asked for its output.
    """
    with address.connect() as client:
        thread = client.threads.retrieve(thread_id) if thread_id else client.threads.create()
        assistant = chosen_assistant(client, assistant_id, thread_id, model)
        conversation = Conversation(client, thread.id, assistant.id, model, instructions)
        say(f"{assistant.name or assistant.id}, {model or assistant.model}. Ctrl-D ends it.\n")
        for line in lines():
            conversation.turn(line)
        say(f"\nGo on with it: threadkeep chat --thread {thread.id}{address.flags()}")


def say(text: str) -> None:
    """Tell whoever sits at the terminal; a pipe gets the answers alone."""
    if sys.stdin.isatty():
        click.echo(text)


def lines() -> Iterator[str]:
    """What is typed, or comes through a pipe; empty lines say nothing."""
    prompt = "> " if sys.stdin.isatty() else ""
    if prompt:
        import_line_editing()
    while True:
        try:
            line = input(prompt)
        except (EOFError, KeyboardInterrupt):
            return
        if line.strip():
            yield line


def import_line_editing() -> None:
    """Let `input` know arrow keys and history, where the system has them."""
    with suppress(ImportError):
        import_module("readline")


def chosen_assistant(
    client: Client, assistant_id: str | None, thread_id: str | None, model: str | None
) -> Assistant:
    """The one that is named, else that of the thread's latest run, else the one for chats."""
    if assistant_id:
        return client.assistants.retrieve(assistant_id)
    if thread_id:
        for run in client.threads.runs.list(thread_id, limit=1).data:
            return client.assistants.retrieve(run.assistant_id)
    return assistant_for_chats(client, model)


def assistant_for_chats(client: Client, model: str | None) -> Assistant:
    """The assistant that an earlier chat made with the same model, else a new one."""
    listed = next(iter(client.models.list()), Model(id=NO_MODEL))
    wanted = model or listed.id
    for assistant in client.assistants.list(limit=100).data:
        if assistant.metadata == MADE_BY_CHAT and assistant.model == wanted:
            return assistant
    return client.assistants.create(
        model=wanted,
        name="Chat",
        instructions="You are a helpful assistant.",
        # A model that is small enough to run here babbles unless it takes the likeliest words.
        temperature=0 if listed.owned_by == LOCAL else 1,
        metadata=MADE_BY_CHAT,
    )
