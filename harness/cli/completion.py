"""`harness completion`."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete, add_completion_class

VARIABLE = "_HARNESS_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete our commands, options and their values.

    \b
    bash: eval "$(harness completion bash)"            (in ~/.bashrc)
    zsh:  eval "$(harness completion zsh)"             (in ~/.zshrc, after compinit)
    fish: harness completion fish | source             (in ~/.config/fish/config.fish)"""
    group = click.get_current_context().find_root().command
    click.echo(CLASSES[shell](group, {}, "harness", VARIABLE).source())


class Bash(BashComplete):
    """Click's, which does not know that bash takes `=` for a word of its own."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is typed, and what there is of it."""
        args, incomplete = super().get_completion_args()
        while "=" in args:
            args.remove("=")
        return args, incomplete


class Fish(FishComplete):
    """Click's, which cuts a value off at its first comma."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


CLASSES: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": Fish}
for name, kind in CLASSES.items():
    add_completion_class(kind, name)
