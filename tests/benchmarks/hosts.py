"""Runs on two hosts of which one is lost at a random moment, and what two hosts take of one's time.

    python -m tests.benchmarks.hosts --minutes 60

Hosts are network namespaces of this machine (tests/hosts.py); what is measured waits, since they share its cores. Each
try is kept in `tests/benchmarks/proofs/hosts.jsonl`, where the next call goes on. Remove it when what it tries has
changed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click
from tabulate import tabulate

from harness.record.sample import Record, Sample
from tests.benchmarks.tries import KEPT, compared, made, rows
from tests.hostile import until
from tests.hosts import Hosts, hosts, lacking, record

WAITS = ("-s", "asyncio,gevent", "-W", "sleep", "--tasks", "5", "--rounds", "4", "-P")
BLOCKS, WORKERS, SPAN, SPAN_OF_CUTS = 12, 3, 20.0, 10.0
"""Of a run that loses a host, the workers of each, and the seconds in which the host is lost: from the run's start, or
from when its record is there, for a cable that is cut."""
WANTED = {"killed, ssh": 10, "killed, Dask": 10, "cut, Dask": 5, "20 blocks": 5, "40 blocks": 2}
LOST = ("what", "runs", "samples on disk", "lost", "doubled", "blocks again", "resumed", "not whole", "processes left")
TIMED = ("what", "runs", "one host", "two hosts", "of its time: median", "highest")
PATIENCE, QUIET = 600.0, 90.0


class Lost(NamedTuple):
    """A run that lost a host, with so many samples on disk."""

    kind: str
    samples: int
    lost: int
    doubled: int
    again: int
    resumed: int
    not_whole: int
    left: int


class Timed(NamedTuple):
    """The seconds of a run on one host, and on two."""

    kind: str
    one: float
    two: float


def lose(made: Hosts, folder: Path, kind: str) -> Lost | None:
    """Have a run lose a host at a random moment; None where it had ended before."""
    how, _, engine = kind.partition(", ")
    dask = {name: made.worker(name, where) for name in ("h1", "h2")} if (where := _scheduler(made, engine)) else {}
    on = ("--on", where, "--insecure") if where else ("--on", "ssh://h1,h2", "--ssh", made.ssh)
    asked = (*WAITS, "seconds=0.1", "--blocks", f"{BLOCKS}", *on)
    run = made.run(*asked)
    if how == "cut":
        until(lambda: record(folder) is not None, PATIENCE)
    time.sleep(random.uniform(0.0, SPAN_OF_CUTS if how == "cut" else SPAN))
    before = _samples(record(folder))
    if run.poll() is not None:
        return None
    made.cut("h2") if how == "cut" else made.kill("h2")
    if how == "killed" and where:
        time.sleep(1.0)
        dask["h2"] = made.worker("h2", where)
    if resumed := ended(run) != 0:
        made.mend("h2")
        ended(made.run("--resume", "latest") if record(folder) else made.run(*asked))
    found = record(folder)
    lost, doubled = compared(before, _samples(found))
    again = sum(one.block is not None for one in found.losses) if found else 0
    return Lost(kind, len(before), lost, doubled, again, resumed, not _is_whole(found), _left(made, dask, how))


def ended(run: subprocess.Popen[bytes]) -> int | None:
    """The status of a run, or None where it hangs: then it is killed."""
    try:
        return run.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        run.kill()
        return None


def _scheduler(made: Hosts, engine: str) -> str | None:
    return made.scheduler() if engine == "Dask" else None


def _samples(found: Record | None) -> list[Sample]:
    return found.every if found else []


def _is_whole(found: Record | None) -> bool:
    """Whether a run is complete, with each sample of each block."""
    if not (found and found.end and found.end.status == "complete"):
        return False
    return Counter(one.block for one in found.every) == dict.fromkeys(range(BLOCKS), WORKERS)


def _left(made: Hosts, dask: dict[str, subprocess.Popen[bytes]], how: str) -> int:
    """How many processes stay on the hosts that are none of Dask's; of one that was cut off, which are there at all."""
    end = time.monotonic() + QUIET
    while time.monotonic() < end:
        theirs = {one.pid for name, one in dask.items() if not (how == "cut" and name == "h2")}
        if not (left := {pid for name in ("h1", "h2") for pid in made.pids(name)} - theirs):
            break
        time.sleep(0.2)
    return len(left)


def timed(made: Hosts, folder: Path, kind: str) -> Timed:
    """The same run on one host and on two, from its first block to its end."""
    found = []
    for names in ("h1", "h1,h2"):
        asked = (*WAITS, "seconds=0.3", "--blocks", kind.split()[0], "--on", f"ssh://{names}", "--ssh", made.ssh)
        if ended(made.run(*asked)) != 0:
            raise click.ClickException((folder / "c.log").read_text()[-500:])
        done = record(folder)
        assert done
        assert done.end
        found.append(round(done.end.seconds["all"], 1))
        for path in (folder / "results").glob("*.jsonl"):
            path.unlink()
    return Timed(kind, *found)


def tried(kind: str) -> Lost | Timed | None:
    """A try of a kind, on hosts of its own; None where it does not count."""
    with tempfile.TemporaryDirectory(prefix="hosts-") as path, hosts(2, Path(path)) as made:
        if kind.endswith("blocks"):
            return timed(made, Path(path), kind)
        return lose(made, Path(path), kind)


def of_times(found: list[dict[str, Any]]) -> Iterator[list[Any]]:
    """A line for each length of a run."""
    for kind in dict.fromkeys(one["kind"] for one in found):
        mine = [one for one in found if one["kind"] == kind]
        shares = [one["two"] / one["one"] for one in mine]
        seconds = [f"{median(one[which] for one in mine):.0f} s" for which in ("one", "two")]
        yield [kind, len(mine), *seconds, f"{median(shares):.3f}", f"{max(shares):.3f}"]


@click.command(help=__doc__)
@click.option("--minutes", default=60.0, show_default=True, help="Stop after so many: the next call goes on.")
@click.option("--only", default="", help="Kinds with this in their name.")
@click.option("--kept", default=KEPT / "hosts.jsonl", type=click.Path(path_type=Path), help="Where tries are kept.")
def main(minutes: float, only: str, kept: Path) -> None:
    if why := lacking():
        raise click.ClickException(why)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the hosts are taken down
    wanted = {kind: number for kind, number in WANTED.items() if only in kind}
    began = time.monotonic()
    while time.monotonic() - began < 60 * minutes:
        counts = Counter(one["kind"] for one in made(kept))
        kind = min(wanted, key=lambda kind: counts[kind] / wanted[kind])
        if counts[kind] >= wanted[kind]:
            break
        if found := tried(kind):
            with kept.open("a") as file:
                file.write(json.dumps(found._asdict()) + "\n")
            click.echo(found, err=True)
    done = made(kept)
    click.echo(tabulate(rows(one for one in done if "left" in one), LOST))
    click.echo(tabulate(of_times([one for one in done if "one" in one]), TIMED, disable_numparse=True))


if __name__ == "__main__":
    main()
