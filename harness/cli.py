"""The command line. Only this module prints."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from harness import errors

if TYPE_CHECKING:
    from harness.plan import Request
    from harness.record import Record

RESULTS = Path("results")


def main() -> NoReturn:
    """Run the program; end with its documented exit status."""
    try:
        commands.main(prog_name="harness", auto_envvar_prefix="HARNESS", default_map=settings(), standalone_mode=False)
        sys.exit(errors.OK)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as wrong:
        fail(wrong.format_message(), errors.USAGE)
    except errors.HarnessError as wrong:
        fail(str(wrong), wrong.status)
    except (errors.Interrupted, KeyboardInterrupt, click.Abort) as stopped:
        fail("interrupted", getattr(stopped, "status", 130))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone: nothing more to say
        sys.exit(errors.OK)
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", errors.UNSTORED)
    except Exception as bug:
        step = bug.__traceback__
        while step is not None and step.tb_next is not None:
            step = step.tb_next
        where = f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step else "?"
        fail(f"our own bug, please report it: {type(bug).__name__} at {where}: {bug}", errors.BUG)


def fail(text: str, status: int) -> NoReturn:
    """Say what is wrong, in one line, and leave."""
    click.echo(f"harness: {' '.join(text.split())}", err=True)
    sys.exit(status)


def settings() -> dict[str, Any]:
    """[tool.harness] of the pyproject.toml in this folder: the options' long names. Raises HarnessError."""
    try:
        text = Path("pyproject.toml").read_text()
        import tomllib

        found = tomllib.loads(text).get("tool", {}).get("harness", {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise errors.HarnessError(f"pyproject.toml: {error}") from None
    run = {name.replace("-", "_"): value for name, value in found.items()}
    known = {parameter.name for parameter in commands.commands["run"].params}
    for name in run:
        if name not in known:
            raise errors.HarnessError(f"pyproject.toml: [tool.harness] has no {name!r}")
    return {"run": run}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="concurrency-harness")
def commands() -> None:
    """Compare concurrency strategies: the same workload, one thing changed at a time.

    Exit status: 0 good, 2 usage, 3 a cell failed or is invalid, 5 results could not be stored, 70 our own bug,
    75 another run is measuring, 130 or 143 interrupted."""


results_option = click.option(
    "--results", type=click.Path(path_type=Path), default=RESULTS, help="Folder of the records."
)
format_option = click.option("--format", "tablefmt", default="simple", help="A table format of tabulate.")
json_option = click.option("--json", "json_path", metavar="PATH|-", help="Write the run as JSON; - is stdout.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Warnings, and what the seconds went into.")


@commands.command()
@click.option(
    "-s",
    "--strategy",
    "strategies",
    multiple=True,
    default=["all"],
    metavar="NAME",
    help="A strategy, several (a,b,c), all, module:Class or file.py:Class. Repeatable.",
)
@click.option(
    "-W",
    "--workload",
    "workloads",
    multiple=True,
    default=["sleep", "http", "echo"],
    metavar="NAME",
    help="A workload, module:function or file.py:function. Repeatable.",
)
@click.option(
    "-P",
    "--param",
    "options",
    multiple=True,
    metavar="KEY=VALUE[,VALUE...]",
    help="An option of the workload; several values make several groups. Repeatable.",
)
@click.option("--tasks", type=click.IntRange(1), help="Tasks of a round.  [default: the workload's]")
@click.option("--concurrency", type=click.IntRange(1), help="Most tasks in flight.  [default: all]")
@click.option("--reference", metavar="NAME", help="What ratios are against.  [default: the first strategy]")
@click.option("-r", "--rounds", type=click.IntRange(1), help="Timed rounds of a worker.  [default: 0.1 s worth]")
@click.option("--blocks", type=click.IntRange(1), help="Blocks.  [default: 10, or as many as --max-time has room for]")
@click.option("-w", "--warmup", type=click.IntRange(0), default=1, help="Untimed rounds before the timed ones.")
@click.option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Start no block that would end later.  [default: 60, 300 with --precision, none with --blocks]",
)
@click.option(
    "--precision",
    type=float,
    metavar="SHARE",
    help="Add blocks until each interval is as narrow as this to either side (looked at after 10, 14, 20, 28, 40).",
)
@click.option(
    "--margin", type=float, default=0.02, metavar="SHARE", help="What is no difference: verdicts lie beyond it."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="S",
    help="Seconds that one round may take.",
)
@click.option("--quick", is_flag=True, help="One block, one round: a look, not a measurement.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the order of rounds.  [default: drawn and recorded]")
@click.option(
    "--pin",
    type=click.Choice(["apart", "none"]),
    default="apart",
    help="Keep a worker and its peer on different cores.",
)
@click.option("--name", help="A name to find the run by.")
@click.option("--wait", is_flag=True, help="Wait while another run is measuring on this machine.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour of progress.")
@results_option
@format_option
@json_option
@verbose_option
def run(
    results: Path,
    tablefmt: str,
    json_path: str | None,
    verbose: bool,
    name: str | None,
    quiet: bool,
    color: str,
    quick: bool,
    wait: bool,
    **asked: Any,
) -> None:
    """Measure strategies on workloads and say how they compare."""
    from harness.plan import Request

    check_format(tablefmt)
    if name is not None and not (name and name.isprintable()):
        raise errors.HarnessError("--name: a name of printable characters")
    if quick:
        asked |= {"blocks": asked["blocks"] or 1, "rounds": asked["rounds"] or 1}
    from harness import lock

    with signals(), progress(quiet, color) as tell, lock.machine(wait, tell):
        path, stopped = measured(Request(**asked), results, name, tell)
    from harness import store

    record = store.read(path)
    said = show_record(record, tablefmt, json_path, verbose)
    if stopped:
        fail(f"interrupted; {len(record.samples)} samples are in {path}", stopped)
    statuses = {row["status"] for group in said["groups"] for row in group["rows"]}
    if statuses & {"failed", "timeout", "invalid"} or "ok" not in statuses:
        sys.exit(errors.INCOMPLETE)


def measured(request: Request, results: Path, name: str | None, tell: Any) -> tuple[Path, int]:
    """Measure what was asked for into a record; return its path, and the exit status of an interruption or 0."""
    import datetime

    from harness import host, launch, limits, plan, store
    from harness.measure import Measurement
    from harness.record import SCHEMA, Header

    launch.adopt_orphans()
    limits.raise_soft_limit()
    made = plan.make(request, launch.describe, limits.here())
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    header = Header(SCHEMA, store.new_run(), name, now, made, host.facts(), host.versions())
    writer = store.Writer(results, header)
    measurement = Measurement(made, writer, tell)
    stopped = 0
    try:
        measurement.run()
    except errors.Interrupted as interrupted:
        stopped = interrupted.status
    writer.append(measurement.end(bool(stopped)))
    writer.close()
    return writer.path, stopped


@contextlib.contextmanager
def signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into Interrupted, so that what runs is stopped and what was measured is kept."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough: stopping takes a moment
        raise errors.Interrupted(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress(quiet: bool, color: str) -> Iterator[Any]:
    """What tells how far a run is: one line on stderr, redrawn only when told, and never by a thread."""
    from rich.console import Console

    console = Console(stderr=True, force_terminal=True if color == "always" else None, no_color=color == "never")
    if quiet or not console.is_terminal:
        yield lambda text: None
        return

    def tell(text: str) -> None:
        console.print(f"\r\x1b[2K[dim]{text}[/dim]", end="", highlight=False)

    try:
        yield tell
    finally:
        console.print("\r\x1b[2K", end="")


def check_format(tablefmt: str) -> None:
    """Raise HarnessError where tabulate has no such format."""
    from tabulate import tabulate_formats

    if tablefmt not in tabulate_formats:
        raise errors.HarnessError(f"--format {tablefmt}: there are {', '.join(tabulate_formats)}")


def show_record(record: Record, tablefmt: str, json_path: str | None, verbose: bool) -> dict[str, Any]:
    """Print a record's tables, its JSON where it was asked for; return the document that both are made from."""
    import json

    from harness.report.document import document
    from harness.report.table import tables

    said = document(record)
    if json_path == "-":
        click.echo(json.dumps(said, indent=2, allow_nan=False))
        return said
    if json_path:
        Path(json_path).write_text(json.dumps(said, indent=2, allow_nan=False) + "\n")
    click.echo(tables(said, tablefmt, verbose))
    return said


@commands.command()
@click.argument("run", default="latest")
@results_option
@format_option
@json_option
@verbose_option
def show(run: str, results: Path, tablefmt: str, json_path: str | None, verbose: bool) -> None:
    """Print a stored run again: the start of its name, its --name, a file, or latest."""
    from harness import store

    check_format(tablefmt)
    show_record(store.read(store.find(results, run)), tablefmt, json_path, verbose)


@commands.command("list")
@click.argument("what", type=click.Choice(["strategies", "workloads", "runs"]))
@results_option
@format_option
def list_(what: str, results: Path, tablefmt: str) -> None:
    """List what there is."""
    from tabulate import tabulate

    check_format(tablefmt)
    if what == "runs":
        headings, rows = list_runs(results)
    else:
        headings, rows = list_strategies() if what == "strategies" else list_workloads()
    click.echo(tabulate(rows, headings, tablefmt=tablefmt, disable_numparse=True))


def list_strategies() -> tuple[Sequence[str], list[list[str]]]:
    """Each strategy, and whether it can be used here."""
    from harness import catalogue, launch

    known = catalogue.strategy_targets()
    answers = launch.describe([{"do": "describe strategy", "target": target} for target in known.values()])
    return ("strategy", "what it is"), [
        [name, answer["ready"]["summary"] if "ready" in answer else f"{answer['status']}: {answer['reason']}"]
        for name, answer in zip(known, answers, strict=True)
    ]


def list_workloads() -> tuple[Sequence[str], list[list[str]]]:
    """Each workload with its options and their defaults."""
    from harness import catalogue, launch

    known = catalogue.workload_targets()
    asked: dict[str, Any] = {"do": "describe workload", "options": [], "tasks": None, "concurrency": None}
    answers = launch.describe([asked | {"target": target} for target in known.values()])
    rows = []
    for name, answer in zip(known, answers, strict=True):
        if "ready" in answer:
            options = " ".join(f"{option}={value}" for option, value in answer["ready"]["known"].items())
            rows.append([name, answer["ready"]["summary"], options])
        else:
            rows.append([name, f"{answer['status']}: {answer['reason']}", ""])
    return ("workload", "what each task does", "options"), rows


def list_runs(results: Path) -> tuple[Sequence[str], list[list[str]]]:
    """Each stored run; a file that is no record says so."""
    from harness import store

    rows = []
    for path in store.runs(results):
        try:
            record = store.read(path)
        except errors.HarnessError as error:
            rows.append([path.stem, "", str(error), "", ""])
            continue
        plan = record.header.plan
        rows.append(
            [
                record.header.run,
                record.header.name or "",
                record.end.status if record.end else "partial",
                " ".join(dict.fromkeys(group.workload for group in plan.groups)),
                " ".join(strategy.name for strategy in plan.strategies),
            ]
        )
    return ("run", "name", "status", "workloads", "strategies"), rows


@commands.command()
@format_option
def doctor(tablefmt: str) -> None:
    """Say what is installed, what the limits are, and how quiet the machine is."""
    from tabulate import tabulate

    from harness import host, limits

    check_format(tablefmt)
    allowed = limits.here()
    installed = host.versions()
    rows = [[name.replace("_", " "), value] for name, value in host.facts().items()]
    rows += [["file descriptors", f"{allowed.descriptors:,}"], ["threads", f"{allowed.threads:,}"]]
    rows += [["ports to one address", f"{allowed.ports:,}"]]
    rows += [["noise", f"equal loops differ by {host.noise():.0%}"]]
    rows += [[name, installed.get(name, f"not installed (pip install {name})")] for name in host.LIBRARIES]
    click.echo(tabulate(rows, tablefmt=tablefmt, disable_numparse=True))


if __name__ == "__main__":
    main()
