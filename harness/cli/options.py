"""Options that several commands share."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click
from click.core import ParameterSource

from harness import errors
from harness.cli import complete
from harness.cli.destination import writable
from harness.plan import project


class Duration(click.ParamType[float]):
    """Seconds, written with a unit: 10ms, 0.5s, 200us."""

    name = "duration"
    units: ClassVar = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        for unit, seconds in self.units.items():
            number = str(value).removesuffix(unit)
            if number != str(value):
                with contextlib.suppress(ValueError):
                    if 0 < (found := float(number) * seconds) < math.inf:
                        return found
                break
        self.fail(f"{value}: write a time with its unit, such as 10ms", param, ctx)


class Share(click.ParamType[float]):
    """A share of 1, or so many percent: 0.02, 2%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value)
        with contextlib.suppress(ValueError):
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        self.fail(f"{value}: write a share such as 2% or 0.02", param, ctx)


class Size(click.ParamType[int]):
    """Bytes, written with a unit, of which each is 1,024 of the one below: 512M, 2G, 1.5GiB."""

    name = "size"
    units = "KMGT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(rf"([0-9]+(?:\.[0-9]+)?)([{self.units}])(?:iB)?", str(value), re.IGNORECASE)
        if found and (kib := float(found[1]) * 1024 ** self.units.index(found[2].upper())) < 1 << 50:
            return 1024 * int(kib)
        self.fail(f"{value}: write a size with its unit, such as 512M, 2G or 1.5GiB", param, ctx)


class Waiting(click.ParamType[bool | float]):
    """Whether to wait, or for how many seconds."""

    name = "seconds"
    words: ClassVar = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool | float:
        if isinstance(value, bool):
            return value
        if (
            ctx
            and param
            and value in ("0", "1")
            and ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT
        ):
            return bool(value == "1")  # as with every flag there
        with contextlib.suppress(ValueError):
            if (found := self.words.get(str(value).lower())) is not None:
                return bool(found)
            if 0 <= (seconds := float(value)) < math.inf:
                return seconds
        self.fail(f"{value}: write seconds, such as --wait 60, or nothing after it", param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Command], Command]


def _results() -> Path | None:
    """Where the records are if nobody says; not asked while a line is only completed."""
    context = click.get_current_context(silent=True)
    return None if context and context.resilient_parsing else project.results()


results_option = click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=_results,
    show_default="results, beside the pyproject.toml with settings or here",
    help="Folder of the records.",
    shell_complete=complete.folders,
)
format_option = click.option(
    "--format",
    "tablefmt",
    help="A table format of tabulate, whole, instead of what fits the screen.",
    shell_complete=complete.one_of(complete.formats),
)
color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour of results and of progress."
)
run_argument = click.argument("run", default="latest", shell_complete=complete.one_of(complete.runs))
reference_option = click.option(
    "--reference",
    metavar="NAME",
    help="What ratios are against: a strategy or variant of the run.  [default: the run's]",
    shell_complete=complete.one_of(complete.rows),
)
json_option = click.option(
    "--json", "json_path", metavar="PATH|-", callback=writable, help="Write the run as JSON; - is stdout."
)
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Null arms, loops, tracebacks, and what the seconds went into."
)
param_option = click.option(
    "-P",
    "--param",
    "options",
    multiple=True,
    metavar="KEY=VALUE[,VALUE...]",
    help="An option of the workload, or `pool` of strategies that have one; several values make several groups. "
    "Repeatable.",
)
tasks_option = click.option("--tasks", type=click.IntRange(1), help="Tasks of a round.  [default: the workload's]")
concurrency_option = click.option("--concurrency", type=click.IntRange(1), help="Most tasks in flight.  [default: all]")
rounds_option = click.option(
    "-r",
    "--rounds",
    type=click.IntRange(1),
    help="Timed rounds of a worker.  [default: 0.1 s worth, at most 2; with a precision 0.25 s worth, at most 8]",
)
fresh_option = click.option(
    "--fresh",
    is_flag=True,
    help="One round in each worker, and more workers: for functions that do less (or more) the next time.",
)
margin_option = click.option(
    "--margin", type=float, default=0.02, metavar="SHARE", help="What is no difference: verdicts lie beyond it."
)
variant_option = click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME=SPEC",
    help="Where to run: python:3.13, pip:PACKAGE==VERSION, git:REVISION, path:FOLDER, or several with commas. "
    "Repeatable: each is a row.",
)
pin_option = click.option(
    "--pin",
    type=click.Choice(["apart", "one", "none"]),
    default="apart",
    help="Keep a worker and its peer on different cores (apart), or all workers on one: quieter, for strategies of one "
    "thread.",
)
count_with_option = click.option(
    "--count-with",
    type=click.Choice(["perf", "qemu", "callgrind"]),
    help="What counts instructions.  [default: the first of these that can be had]",
)
memory_limit_option = click.option(
    "--memory-limit",
    type=Size(),
    metavar="SIZE",
    help="End a worker that holds more, with all that it started: 512M, 2G, 1.5GiB.  [default: as much as there is]",
)
seed_option = click.option(
    "--seed", type=click.IntRange(0), help="Seed of the order of rounds.  [default: drawn and recorded]"
)
name_option = click.option("--name", help="A name to find the run by.")
values_option = click.option(
    "--values",
    type=click.Choice(["same", "any"]),
    default="same",
    help="What a function of yours returns has to be the same under every strategy, or may be anything.",
)
resume_option = click.option(
    "--resume",
    metavar="RUN",
    help="Finish a run that was cut off: same seed and plan; refused if options, code, packages or machine changed.",
    shell_complete=complete.one_of(complete.runs),
)
wait_option = click.option(
    "--wait",
    type=Waiting(),
    is_flag=False,
    flag_value="yes",
    default=False,
    show_default=False,
    metavar="[SECONDS]",
    help="Wait while another run is measuring on this machine: for ever, or so long.",
)
server_on_option = click.option(
    "--server-on", metavar="HOST", help="Have servers (-P side=server) run on another host, which ssh reaches."
)
load_from_option = click.option(
    "--load-from", metavar="HOST,HOST", help="The hosts of the load generators of that server, each with -P generators."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress.")

OF_HOSTS: tuple[Option[Any], ...] = (
    click.option(
        "--on",
        metavar="HOSTS",
        help="Measure on other hosts: ssh://HOST,HOST, or a Dask scheduler (tcp://, tls://, or its file).",
    ),
    click.option("--mixed-hosts", is_flag=True, help="Pool hosts whose processor, cores or kernel differ."),
    click.option(
        "--install", is_flag=True, help="Have uv make this environment on hosts that lack some of its packages."
    ),
    click.option(
        "--ssh",
        metavar="COMMAND",
        envvar="HARNESS_SSH",
        help="What runs a program on {host}, in its shell.  [default: ssh, which asks for no password]",
    ),
    click.option(
        "--insecure",
        is_flag=True,
        help="Trust whoever reaches a scheduler without TLS, or a server (--server-on) on a public network.",
    ),
    *(
        click.option(f"--tls-{what}", metavar="FILE", help=f"{file} for tls://.  [default: Dask's settings]")
        for what, file in (("ca", "The authority"), ("cert", "Our certificate"), ("key", "Its key"))
    ),
)


def hosts_options(command: Command) -> Command:
    """Where to measure, if not here, and how that is reached."""
    for option in reversed(OF_HOSTS):
        command = option(command)
    return command


class Name(click.ParamType[Any]):
    """A name, or what the settings have found already."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As it is."""
        return value


def _names(short: str, long: str, into: str, what: str, values: complete.Values) -> Callable[..., Option[Any]]:
    return lambda *default: click.option(
        short,
        long,
        into,
        type=Name(),
        multiple=True,
        default=default,
        metavar="NAME",
        help=f"{what} Repeatable.",
        shell_complete=complete.some_of(values),
    )


# Called with what they are when they are not given.
strategy_option = _names(
    "-s",
    "--strategy",
    "strategies",
    "A strategy, several (a,b,c), usual, all, module:Class or file.py:Class.",
    complete.strategies,
)
workload_option = _names(
    "-W",
    "--workload",
    "workloads",
    "A workload, several (a,b,c), module:function or file.py:function.",
    complete.workloads,
)


def check_format(tablefmt: str | None) -> None:
    """Raise HarnessError where tabulate has no such format."""
    from tabulate import tabulate_formats

    if tablefmt is not None and tablefmt not in tabulate_formats:
        raise errors.HarnessError(f"--format {tablefmt}: there are {', '.join(tabulate_formats)}")
