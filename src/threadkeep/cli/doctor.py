"""`threadkeep doctor`: what was found, and why; what each model name goes to; what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from threadkeep.cli import options
from threadkeep.cli.output import print_fields, print_json, print_table

if TYPE_CHECKING:
    from threadkeep.cli.cluster_diagnosis import ClusterDiagnosis
    from threadkeep.cli.diagnosis import Diagnosis
    from threadkeep.settings.loading import EffectiveSettings
    from threadkeep.storage import WorkerLease


@click.command()
@click.option("--cluster", is_flag=True, help="Look at what several nodes share instead.")
@options.as_json
@options.database
@options.bus
@options.upstream
@options.local_model
@options.settings_file
@click.pass_context
def doctor(
    context: click.Context,
    settings_file: Path | None,
    cluster: bool,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Look at everything that decides whether a run will be answered here.

    With --cluster: at the database, the bus, the workers, the queue and the bytes of files, as this
    machine sees them, and at what to do about each.

    The exit code is 1 if something is wrong.
    """
    effective = options.effective_settings(settings_file, **flags)
    is_in_order = cluster_is_in_order if cluster else node_is_in_order
    context.exit(0 if is_in_order(effective, as_json) else 1)


def node_is_in_order(effective: EffectiveSettings, as_json: bool) -> bool:
    """Show what decides whether a run will be answered here; whether it will."""
    from threadkeep.cli.diagnosis import diagnose

    diagnosis = asyncio.run(diagnose(effective))
    if as_json:
        print_json(diagnosis)
    else:
        print_diagnosis(diagnosis)
    return not diagnosis.problems


def cluster_is_in_order(effective: EffectiveSettings, as_json: bool) -> bool:
    """Show what nodes share; whether they can rely on it."""
    from threadkeep.cli.cluster_diagnosis import diagnose_cluster

    diagnosis = asyncio.run(diagnose_cluster(effective))
    if as_json:
        print_json(diagnosis)
    else:
        print_cluster(diagnosis)
    return not diagnosis.problems


def print_cluster(diagnosis: ClusterDiagnosis) -> None:
    """Show what was found, who works, and what to do."""
    print_fields((("Database", diagnosis.database), ("Bus", diagnosis.bus)))
    found = [(each.what, each.result) for each in diagnosis.findings]
    print_section(("What", "Found"), found)
    workers = [
        (each.worker, lease_text(each), str(each.run_count), str(each.file_count))
        for each in diagnosis.workers
    ]
    print_section(("Worker", "Lease", "Runs", "Files"), workers)
    for problem in diagnosis.problems:
        click.echo(f"\nProblem: {problem.what}: {problem.result}. To do: {problem.advice}.")
    if not diagnosis.problems:
        click.echo("\nEverything is in order.")


def lease_text(lease: WorkerLease) -> str:
    """How long the worker is taken for alive."""
    return f"{lease.seconds_left:.1f} s" if lease.seconds_left else "ran out"


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Show it section by section, what is wrong at the end."""
    print_fields(
        (
            ("Threadkeep", diagnosis.threadkeep),
            ("Python", f"{diagnosis.python}, {diagnosis.system}"),
            ("Extras", ", ".join(map(extra_text, diagnosis.extras.items()))),
            ("Settings", diagnosis.settings_file or "no file"),
            ("Storage", diagnosis.storage),
            ("Embeddings", diagnosis.embedding_model),
        )
    )
    findings = [(found.what, found.result, found.why) for found in diagnosis.chat_models]
    print_section(("Chat models looked for", "Result", "Why"), findings)
    upstreams = [(each.name, each.url, each.answer) for each in diagnosis.upstreams]
    print_section(("Upstream", "URL", "Answer"), upstreams)
    names = [(each.pattern, each.upstream) for each in diagnosis.model_names]
    print_section(("Model name", "Goes to"), names)
    for note in diagnosis.notes:
        click.echo(f"\nNote: {note}.")
    for problem in diagnosis.problems:
        click.echo(f"\nProblem: {problem}")
    if not diagnosis.problems:
        click.echo("\nEverything is in order.")


def print_section(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table below what came before; nothing if there is nothing to show."""
    if rows:
        click.echo()
        print_table(columns, rows, empty="")


def extra_text(extra: tuple[str, str | None]) -> str:
    """An extra, and what there is of it."""
    name, package = extra
    return f"{name} ({package})" if package else f"{name} (not installed)"
