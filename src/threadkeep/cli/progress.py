"""How far something long has come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from threadkeep.cli.wording import file_counts
from threadkeep.types.vector_store import FileCounts

QUARTERS = 4


@contextmanager
def shown_progress(title: str) -> Generator[Callable[[int, int], None]]:
    """A function that takes bytes done and bytes in all: a bar in a terminal, elsewhere a few lines."""
    if not sys.stderr.isatty():
        yield lines_of_progress(title)
        return
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def lines_of_progress(title: str) -> Callable[[int, int], None]:
    """A line for each quarter."""
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        quarter = done * QUARTERS // total if total else 0
        if quarter > shown:
            shown = quarter
            click.echo(f"{title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB", err=True)

    return show


@contextmanager
def shown_counts() -> Generator[Callable[[str, int, int], None]]:
    """A function that takes what it is, how much is done and how much there is: bars in a terminal, else lines."""
    if not sys.stderr.isatty():
        yield line_of_count
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what.replace("_", " "), total=total)
            progress.update(tasks[what], completed=done)

        yield show


def line_of_count(what: str, done: int, total: int) -> None:
    """A line once all of it is done."""
    if done and done >= total:
        click.echo(f"{what.replace('_', ' ')}: {done}", err=True)


@contextmanager
def shown_files() -> Generator[Callable[[FileCounts], None]]:
    """A function that takes how many files are in which status: a bar in a terminal, else a line for each change."""
    if not sys.stderr.isatty():
        yield lines_of_files()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(counts: FileCounts) -> None:
            done = counts.total - counts.in_progress
            said = file_counts(counts)
            progress.update(task, description=said, completed=done, total=counts.total)

        yield show


def lines_of_files() -> Callable[[FileCounts], None]:
    """A line whenever something has changed."""
    shown = ""

    def show(counts: FileCounts) -> None:
        nonlocal shown
        if shown != (said := file_counts(counts)):
            shown = said
            click.echo(said, err=True)

    return show
