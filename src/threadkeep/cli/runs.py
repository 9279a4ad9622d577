"""`threadkeep runs`: what assistants did on a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first, print_list
from threadkeep.cli.options import as_json, limit
from threadkeep.cli.output import print_fields, print_resource, print_table
from threadkeep.cli.wording import contents, metadata, outcome, time
from threadkeep.types.run import Run

COLUMNS: Final[Mapping[str, Callable[[Run], str]]] = {
    "Id": lambda run: run.id,
    "Created": lambda run: time(run.created_at),
    "Status": lambda run: run.status,
    "Model": lambda run: run.model,
    "Outcome": outcome,
}
"""Of the list of runs."""


@click.group()
def runs() -> None:
    """List and show runs."""


@runs.command("list")
@click.argument("thread_id")
@limit
@as_json
@at_address
def list_(address: Address, thread_id: str, limit: int, as_json: bool) -> None:
    """List the runs of a thread, newest first."""
    with address.connect() as client:
        listed = client.threads.runs.list
        found = first(limit, lambda size: listed(thread_id, limit=size))
    print_list(found, COLUMNS, as_json=as_json, empty="There are no runs on this thread.")


@runs.command()
@click.argument("thread_id")
@click.argument("run_id")
@as_json
@at_address
def show(address: Address, thread_id: str, run_id: str, as_json: bool) -> None:
    """Show one run and its steps."""
    with address.connect() as client:
        run = client.threads.runs.retrieve(run_id, thread_id=thread_id)
        if as_json:
            print_resource(run)
            return
        steps = list(client.threads.runs.steps.list(run_id, thread_id=thread_id, order="asc"))
    print_fields(fields(run))
    click.echo()
    rows = ((s.id, s.status, contents(s)) for s in steps)
    print_table(("Step", "Status", "What"), rows, empty="This run has no steps.")


def fields(run: Run) -> list[tuple[str, str]]:
    """What there is to know about a run."""
    usage = run.usage
    return [
        ("Id", run.id),
        ("Status", run.status),
        ("Outcome", outcome(run)),
        ("Assistant", run.assistant_id),
        ("Model", run.model),
        ("Created", time(run.created_at)),
        ("Started", time(run.started_at)),
        ("Ended", time(ended_at(run))),
        (
            "Tokens",
            f"{usage.prompt_tokens} read, {usage.completion_tokens} written" if usage else "",
        ),
        ("Instructions", run.instructions),
        ("Metadata", metadata(run.metadata)),
    ]


def ended_at(run: Run) -> int | None:
    """When the run ended, whichever way."""
    return run.completed_at or run.failed_at or run.cancelled_at
