"""`threadkeep completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL.

    \b
    bash   threadkeep completion bash >> ~/.bashrc
    zsh    threadkeep completion zsh >> ~/.zshrc
    fish   threadkeep completion fish > ~/.config/fish/completions/threadkeep.fish
    """  # noqa: D301 - click reads the \b
    scripts = get_completion_class(shell)
    assert scripts is not None
    root = context.find_root().command
    click.echo(scripts(root, {}, "threadkeep", "_THREADKEEP_COMPLETE").source())
