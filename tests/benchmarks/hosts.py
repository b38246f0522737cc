"""Runs on three hosts of which something is lost at a random moment, and what two hosts take of one's time.

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
from collections.abc import Iterator, Sequence
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
NAMES = "h1", "h2", "h3"
KILLED, CUT, WORKER, CLIENT, LATE = "killed", "cable cut", "Dask's worker killed", "client killed", "joins late"
BLOCKS, WORKERS, SPAN, SPAN_OF_CUTS = 18, 3, 20.0, 10.0
"""Of a run that loses something, the workers of each, and the seconds in which it does: from the run's start, or from
when its record is there, for a cable that is cut."""
WANTED = {
    f"{KILLED}, ssh": 10, f"{KILLED}, Dask": 10, f"{CUT}, Dask": 5, f"{WORKER}, Dask": 5, f"{CLIENT}, ssh": 5,
    f"{CLIENT}, Dask": 5, f"{LATE}, Dask": 5, "20 blocks, ssh": 5, "20 blocks, Dask": 3, "40 blocks, ssh": 2,
}  # fmt: skip
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
    """Have a run lose something of the second host, or its client, at a random moment, or get the third; None where it
    had ended before."""
    how, _, engine = kind.partition(", ")
    where = made.scheduler() if engine == "Dask" else None
    dask = {name: made.worker(name, where) for name in NAMES[: 2 if how == LATE else 3]} if where else {}
    asked = (*WAITS, "seconds=0.1", "--blocks", f"{BLOCKS}", *_on(made, where, NAMES))
    run = made.run(*asked)
    if how == CUT:
        until(lambda: record(folder) is not None, PATIENCE)
    time.sleep(random.uniform(0.0, SPAN_OF_CUTS if how == CUT else SPAN))
    before = _samples(record(folder))
    if run.poll() is not None:
        return None
    if how == CLIENT:
        run.kill()
    elif how == WORKER:
        dask["h2"].kill()
    elif how != LATE:
        made.cut("h2") if how == CUT else made.kill("h2")
    if where and how in (KILLED, WORKER, LATE):
        time.sleep(1.0)
        name = "h3" if how == LATE else "h2"
        dask[name] = made.worker(name, where)
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


def _on(made: Hosts, scheduler: str | None, names: Sequence[str]) -> tuple[str, ...]:
    """The options for some hosts, which a scheduler knows or ssh reaches."""
    if scheduler:
        return "--on", scheduler, "--insecure"
    return "--on", f"ssh://{','.join(names)}", "--ssh", made.ssh


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
        theirs = {one.pid for name, one in dask.items() if not (how == CUT and name == "h2")}
        if not (left := {pid for name in NAMES for pid in made.pids(name)} - theirs):
            break
        time.sleep(0.2)
    return len(left)


def timed(made: Hosts, folder: Path, kind: str) -> Timed:
    """The same run on one host and on two, from its first block to its end."""
    found = []
    blocks, _, engine = kind.partition(" blocks, ")
    where = made.scheduler() if engine == "Dask" else None
    for number in (1, 2):
        if where:
            made.worker(NAMES[number - 1], where)
        asked = (*WAITS, "seconds=0.3", "--blocks", blocks, *_on(made, where, NAMES[:number]))
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
    with tempfile.TemporaryDirectory(prefix="hosts-") as path, hosts(len(NAMES), Path(path)) as made:
        if " blocks, " in kind:
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
