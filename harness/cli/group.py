"""The commands by name. One is imported when it is used, so that the others cost it nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from harness.cli import defaults
from harness.cli.terminal import Left
from harness.errors import HarnessError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BUILT_IN = {
    "run": "Measure strategies on workloads and say how they compare.",
    "sweep": "Say which strategy is best where along one or two axes, and where they cross.",
    "gate": "Say whether this version is worse than a base, by running both in the same blocks.",
    "advise": "Say which strategy to use for a job, by measuring the likely ones on it.",
    "explain": "Say what keeps a strategy from doing its work: which line, what it cost, what to change.",
    "trace": "Show who ran when: one round of a workload under a strategy, task by task.",
    "serve": "Serve a workload under a strategy, for anybody's client, until Ctrl-C.",
    "show": "Print a stored run again: the start of its name, its --name, a file, or latest.",
    "compare": "Put two stored runs side by side: the start of their names, their --name, files, or latest.",
    "history": "Show where stored runs shifted from commit to commit.",
    "export": "Write a stored run as the file of another tool, or its charts for documents and slides.",
    "report": "Write stored runs as one page: the start of their names, their --name, files, or latest.",
    "list": "List what there is.",
    "calibrate": "Say what this machine can tell apart.",
    "hosts": "Make the certificates of a Dask cluster, and print what to type with them.",
    "doctor": "Say whether this machine can measure, how quiet it is, what its limits are, and what is installed.",
    "completion": "Print what makes a shell complete our commands, options and their values.",
}
"""Each is `command` of the module of its name in this folder; this is the first sentence of its help."""
ENTRY_POINTS = "harness.commands"
"""Another package adds a command: NAME = "module:attribute", a click.Command."""


class Commands(click.Group):
    """Our commands, and those of other packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name: ours first, as they are used; then those of other packages."""
        return [*BUILT_IN, *_entry_points()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. The settings of the project become the defaults of those that take them."""
        if cmd_name in BUILT_IN:
            found: click.Command = import_module(f"harness.cli.{cmd_name}").command
            if not ctx.resilient_parsing:
                ctx.default_map = {cmd_name: defaults.of(found)}
            return found
        point = _entry_points().get(cmd_name)
        return _loaded(point) if point else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with all our names where one is unknown."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            raise _unknown(args[0], self.list_commands(ctx)) from None

    def invoke(self, ctx: click.Context) -> Any:
        """As click does. The status that a command of another package leaves with is that package's to choose."""
        try:
            return super().invoke(ctx)
        except (SystemExit, click.exceptions.Exit) as leaving:
            if ctx.invoked_subcommand in BUILT_IN or isinstance(leaving.__context__, OSError):
                raise
            raise Left(leaving.exit_code if isinstance(leaving, click.exceptions.Exit) else leaving.code) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line for each command, none of which is imported for it."""
        about = BUILT_IN | {name: f"from {_package(point)}" for name, point in _entry_points().items()}
        room = formatter.width - 6 - max(map(len, about))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _fitted(text, room)) for name, text in about.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The names that begin so, and our own options; no command is imported for it."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=BUILT_IN.get(name)) for name in names]
        return items + click.Command.shell_complete(self, ctx, incomplete)


def _entry_points() -> dict[str, EntryPoint]:
    """The commands of other packages. Ours keep their names."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINTS) if point.name not in BUILT_IN}


def _loaded(point: EntryPoint) -> click.Command:
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {error}"
        raise HarnessError(f"command {point.name} of {_package(point)} cannot be used: {why}") from None
    if not isinstance(found, click.Command):
        raise HarnessError(f"command {point.name} of {_package(point)} is no click.Command, but {found!r}")
    return found


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value


def _unknown(name: str, known: list[str]) -> click.UsageError:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return click.UsageError(f"No such command {name!r}.{hint} There are {', '.join(known)}")


def _fitted(text: str, room: int) -> str:
    """As many words as there is room for."""
    if len(text) <= room:
        return text
    return text[: max(0, room - 3)].rpartition(" ")[0] + "..."
