"""`threadkeep runs`: what assistants did on a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from threadkeep.cli.connection import Address, at_address
from threadkeep.cli.listing import first, print_list
from threadkeep.cli.options import as_json, effective_settings, limit
from threadkeep.cli.output import print_fields, print_json, print_resource, print_table
from threadkeep.cli.wording import contents, metadata, outcome, time
from threadkeep.types.run import Run
from threadkeep.types.run_explanation import RunExplanation

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
    """List, show and explain runs."""


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


@runs.command()
@click.argument("run_id")
@click.option(
    "--project", default="default", show_default=True, help="Whose run it is, with --database."
)
@as_json
@at_address
def why(address: Address, run_id: str, project: str, as_json: bool) -> None:
    """Say what a run waits for, who holds it, until when, and what comes next.

    With --database the database itself is asked, as long as no server has a file of it open.
    """
    explained = explanation_of(address, project, run_id)
    if as_json:
        print_json(explained)
    else:
        print_fields(why_fields(explained))


def explanation_of(address: Address, project: str, run_id: str) -> RunExplanation:
    """What the server says of the run, or the database: no server is started to ask it."""
    if address.database is None:
        with address.connect() as client:
            return client.threads.runs.explain(run_id)
    from threadkeep.cli.explaining import explanation_from

    effective = effective_settings(address.settings_file, database=address.database)
    return explanation_from(effective.settings, project, run_id)


def why_fields(explained: RunExplanation) -> list[tuple[str, str]]:
    """What there is to know about where a run stands."""
    return [
        ("Run", f"{explained.run_id}, on {explained.thread_id}"),
        ("Status", explained.status),
        ("Waits for", explained.waits_for or "nothing"),
        ("Held by", held_by(explained)),
        ("Now", explained.now),
        ("Next", explained.next),
    ]


def held_by(explained: RunExplanation) -> str:
    """The worker, and how long it has the run for certain."""
    if explained.held_by is None:
        return "nobody"
    left = explained.lease_seconds_left
    return f"{explained.held_by}, " + (f"for {left:.1f} s more" if left else "without a lease")


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
