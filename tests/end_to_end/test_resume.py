"""A run or a gate that was cut off, and is finished by another."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.record import store
from harness.record.sample import Record
from tests.builders import Finished
from tests.hostile import until

JOBS = "import time\n\n\ndef task(i):\n    time.sleep(0.002)\n"
SAID = ("-s", "sequential,threads", "-W", "./jobs.py:task", "-W", "noop", "--tasks", "3", "--rounds", "1")
RUN = ("run", *SAID, "--blocks", "4", "--warmup", "0")
GATE = (
    "gate",
    "--base",
    "path:base",
    "-s",
    "sequential",
    "-W",
    "./jobs.py:task",
    "--tasks",
    "3",
    "--blocks",
    "7",
    "--rounds",
    "1",
)


def only(folder: Path) -> Path:
    (path,) = store.runs(folder / "results")
    return path


def cut_off(folder: Path, command: tuple[str, ...], number: signal.Signals, samples: int) -> Record:
    """What is stored of a command that was signalled once so many samples were."""
    for place in (folder, folder / "base"):
        place.mkdir(exist_ok=True)
        (place / "jobs.py").write_text(JOBS)
    asked = [sys.executable, "-m", "harness", *command]
    process = subprocess.Popen(asked, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = folder / "results"
    assert until(lambda: any(path.read_bytes().count(b'"sample"') >= samples for path in store.runs(found)), 60)
    process.send_signal(number)
    process.wait(20)
    return store.read(only(folder))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_what_was_cut_off_is_finished_with_the_same_plan_and_each_sample_once(
    harness: Callable[..., Finished], tmp_path: Path, number: signal.Signals
) -> None:
    before = cut_off(tmp_path, RUN, number, 7)
    with only(tmp_path).open("ab") as record:
        record.write(b'{"kind":"sample","gro')  # half a line, as of a kill within a write
    done = harness("run", "--resume", "latest", "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    after = store.read(only(tmp_path))
    assert after.header == before.header
    assert after.samples[: len(before.samples)] == before.samples
    assert after.damaged == 0
    assert after.end is not None
    assert (after.end.status, after.end.blocks) == ("complete", 4)
    blocks = Counter((one.group, one.strategy, one.arm, one.block) for one in after.samples)
    assert set(blocks.values()) == {1}
    cells = Counter((one.group, one.strategy) for one in after.samples if one.arm == "row")
    assert set(cells) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert min(cells.values()) >= 3  # the block that was cut off is not made whole
    again = harness("run", "--resume", "latest")
    assert again.returncode == 2
    assert "is complete: nothing of it is left to be measured" in again.stderr


def edited(folder: Path) -> None:
    (folder / "jobs.py").write_text(JOBS + "# changed\n")


def newer(folder: Path) -> None:
    """As if a package had been another."""
    path = only(folder)
    record = store.read(path)
    record.header.versions["gevent"] = "1.0"
    path.unlink()
    store.keep(folder / "results", record)


def nothing(folder: Path) -> None: ...


@pytest.mark.parametrize(
    ("change", "asked", "text"),
    [
        (nothing, ("--tasks", "4"), "plan.groups[0].tasks was 3, is 4"),
        (nothing, ("--rounds", "2"), "plan.rounds was 1, is 2"),
        (nothing, ("--name", "n"), "--name: a run that is resumed has the name that it had"),
        (edited, (), "plan.groups[0].version was "),
        (newer, (), 'versions.gevent was "1.0", is '),
    ],
)
def test_what_has_changed_since_is_named_and_nothing_is_mixed(
    harness: Callable[..., Finished], tmp_path: Path, change: Callable[[Path], None], asked: tuple[str, ...], text: str
) -> None:
    cut_off(tmp_path, RUN, signal.SIGKILL, 1)
    change(tmp_path)
    before = only(tmp_path).read_bytes()
    done = harness("run", "--resume", "latest", *asked)
    assert done.returncode == 2
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
    assert only(tmp_path).read_bytes() == before


def test_a_gate_that_was_cut_off_is_finished(harness: Callable[..., Finished], tmp_path: Path) -> None:
    before = cut_off(tmp_path, GATE, signal.SIGKILL, 4)
    other = harness(*GATE[:-1], "2", "--resume", "latest")
    assert (other.returncode, "plan.rounds was 1, is 2" in other.stderr) == (2, True)
    done = harness(*GATE, "--resume", "latest", "--json", "-")
    assert done.returncode in (0, 3), done.stderr  # no decision in so few blocks is none that is wrong
    after = store.read(only(tmp_path))
    assert after.samples[: len(before.samples)] == before.samples
    assert after.end is not None
    assert after.end.status == "complete"


def test_a_record_that_does_not_say_what_was_asked_for_is_none_to_go_on_with(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    cut_off(tmp_path, GATE, signal.SIGKILL, 1)
    done = harness("run", "--resume", "latest")
    assert done.returncode == 2
    assert "does not say what was asked for: run it anew (a gate: the same gate --resume)" in done.stderr
