"""`harness completion`."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete our commands, options and their values.

    \b
    bash: eval "$(harness completion bash)"            (in ~/.bashrc)
    zsh:  eval "$(harness completion zsh)"             (in ~/.zshrc, after compinit)
    fish: harness completion fish | source             (in ~/.config/fish/config.fish)"""
    from harness.cli import VARIABLE, commands

    click.echo(CLASSES[shell](commands, {}, "harness", VARIABLE).source())


class Bash(BashComplete):
    """Click's, which does not know that bash takes `=` for a word of its own."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is typed, and what there is of it."""
        args, incomplete = super().get_completion_args()
        return [word for word in args if word != "="], incomplete


class _Joined(ShellComplete):
    """For shells to which `--option=value` is one word: all of it is what takes the place of what was typed."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """What is offered for a word."""
        items = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in items:
                item.value = option + equals + item.value
        return items


class Zsh(_Joined, ZshComplete):
    """Click's, with the option before its value."""


class Fish(_Joined, FishComplete):
    """Click's, which cuts a value off at its first comma."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


CLASSES: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}
for name, kind in CLASSES.items():
    add_completion_class(kind, name)
