"""The API from Python: its names, what it refuses, what it takes and gives back, how it ends."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import linecache
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

import harness
from harness import api
from harness.document.run import Run
from harness.errors import HarnessError, Interrupted
from harness.hosts import start
from harness.machine import host, lock
from harness.plan.request import Request
from harness.record.sample import End, Line, Site
from harness.record.store import Writer
from harness.variants import git
from tests.builders import ROOT, header, sample

QUICK: dict[str, Any] = {"strategies": "sequential", "tasks": 2, "blocks": 1, "rounds": 1}


def task(index: int) -> int:
    return index


def test_every_name_can_be_had_and_is_listed() -> None:
    assert {name: bool(getattr(harness, name)) for name in harness.__all__} == dict.fromkeys(harness.__all__, True)
    assert set(harness.__all__) <= set(dir(harness))
    assert harness.Run is Run


def test_no_name_is_that_of_a_room() -> None:
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "harness").iterdir()}
    assert not set(harness.__all__) & rooms


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'harness' has no attribute 'runn'"):
        harness.runn  # type: ignore[attr-defined] # noqa: B018


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import harness; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__future__", "harness"]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"workload": "slep"}, "unknown workload 'slep'"),
        ({"workload": []}, "no workload was named"),
        ({"strategies": "gevnt"}, "unknown strategy 'gevnt'. Did you mean gevent?"),
        ({"tasks": "many"}, "Expected `int | null`, got `str` - at `$.tasks`"),
        ({"pin": "here"}, "Invalid enum value 'here' - at `$.pin`"),
        ({"timeout": float("inf")}, "a finite number of seconds"),
        ({"options": {"seconds": object()}}, "options: seconds is"),
        ({"workload": lambda index: index}, "a lambda has no name"),
        ({"name": "\n"}, "a name of printable characters"),
        ({"variants": ["new"]}, "write it as NAME=SPEC"),
    ],
)
def test_what_is_wrong_is_said_before_the_machine_is_asked_for(asked: dict[str, Any], text: str) -> None:
    with lock.machine(False, print), pytest.raises(HarnessError) as wrong:
        harness.run(**{"workload": "noop"} | asked)
    assert text in str(wrong.value)


def test_while_another_run_measures_it_is_busy() -> None:
    with lock.machine(False, print), pytest.raises(harness.BusyError, match="another run is measuring"):
        harness.run("noop", **QUICK)


def test_a_script_that_workers_import_is_told_about_its_main(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_WORKER", "1")
    with pytest.raises(HarnessError, match='run under `if __name__ == "__main__":`'):
        harness.run(task)


class Ended:
    """A measurement that ends in a way of its own, and what was kept of it."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error
        self.lines: list[Line] = []

    def run(self) -> None:
        if self._error:
            raise self._error

    def end(self, interrupted: bool = False) -> End:
        return End("interrupted" if interrupted else "complete", 1, {"all": 1.0})

    def append(self, line: Line) -> None:
        self.lines.append(line)


@pytest.mark.parametrize(
    ("error", "raised", "statuses"),
    [
        (None, False, ["complete"]),
        (Interrupted(signal.SIGTERM), False, ["interrupted"]),
        (KeyboardInterrupt(), True, ["interrupted"]),
        (SystemExit(), True, ["interrupted"]),
        (ValueError("a bug"), True, []),
    ],
)
def test_however_it_ends_what_was_measured_is_kept(
    error: BaseException | None, raised: bool, statuses: list[str]
) -> None:
    ended: Any = Ended(error)
    with pytest.raises(type(error)) if error and raised else contextlib.nullcontext():
        api.finish(ended, ended)
    assert [line.status for line in ended.lines] == statuses


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with two runs, of which the later is named."""
    for run, name in (("r1", None), ("r2", "after")):
        writer = Writer(tmp_path, header(run, name=name))
        for block in range(2):
            writer.append(sample(0, block, 1.0))
            writer.append(sample(1, block, 0.5))
        writer.append(End("complete", 2, {"all": 1.0}))
        writer.close()
    return tmp_path


@pytest.mark.parametrize(("run", "found"), [("latest", "r2"), ("r1", "r1"), ("after", "r2")])
def test_a_stored_run_is_read_by_its_names(stored: Path, run: str, found: str) -> None:
    assert harness.read(run, stored).run == found


def test_a_stored_run_is_read_by_its_path(stored: Path) -> None:
    assert harness.read(stored / "r1.jsonl").groups[0].rows[1].wall_seconds.median == 0.5


def test_two_runs_are_compared_by_name_or_as_they_are(stored: Path) -> None:
    by_name = harness.compare("r1", "after", stored)
    assert by_name == harness.compare(harness.read("r1", stored), results=stored)
    assert by_name.groups[0].rows[0].ratio.estimate == 1.0


def test_a_run_that_is_not_there_is_an_error_of_the_users(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no run matches 'r9'"):
        harness.read("r9", tmp_path)


def test_a_trend_of_runs_without_a_commit_has_no_series(stored: Path) -> None:
    trend = harness.trend(stored)
    assert (trend.runs, trend.series) == (2, [])


@pytest.mark.parametrize("asked", [{"margin": 2.0}, {"last": 0}])
def test_a_trend_of_numbers_that_cannot_be_meant_is_refused(asked: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(HarnessError):
        harness.trend(tmp_path, **asked)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"metric": "tim"}, "unknown metric 'tim'"),
        ({"limit": 5.0}, "a share between 0 and 1"),
        ({"blocks": 0}, "1 or "),
    ],
)
def test_a_check_of_what_cannot_be_meant_is_refused(asked: dict[str, Any], text: str) -> None:
    with lock.machine(False, print), pytest.raises(HarnessError, match=text):
        harness.check("path:.", **asked)


def given_back() -> tuple[int, tuple[int, int]]:
    """What a run takes of its process: whether it adopts orphans, and the limits of descriptors."""
    adopts = ctypes.c_int()
    ctypes.CDLL(None).prctl(37, ctypes.byref(adopts), 0, 0, 0)
    return adopts.value, resource.getrlimit(resource.RLIMIT_NOFILE)


def test_a_run_gives_back_what_it_took_of_the_process(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        before, told = given_back(), list[str]()
        run = harness.run("noop", **QUICK, results=tmp_path, name="mine", tell=told.append)
        assert given_back() == before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (run.status, run.name, run.groups[0].rows[0].status) == ("complete", "mine", "ok")
    assert run == harness.read("mine", tmp_path)
    assert any("round 1" in text for text in told)


def test_a_run_in_a_thread_measures_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobs_of_a_thread.py").write_text("def fetch(index):\n    return index\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    fetch = importlib.import_module("jobs_of_a_thread").fetch
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(harness.run(fetch, **QUICK)))
    thread.start()
    thread.join()
    (row,) = runs[0].groups[0].rows
    assert (runs[0].groups[0].workload, row.status, row.samples) == ("./jobs_of_a_thread.py:fetch", "ok", 1)


def interrupting(number: int) -> Callable[[str], None]:
    """A signal in the midst of the rounds."""
    return lambda text: signal.raise_signal(number) if "round" in text else None


def test_ctrl_c_ends_the_workers_keeps_the_samples_and_is_passed_on(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever is started in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            harness.run("noop", **QUICK, results=tmp_path, tell=interrupting(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert harness.read(results=tmp_path).status == "interrupted"
    assert not psutil.Process().children()


def test_two_threads_do_not_measure_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_LOCK", f"api-{os.getpid()}")
    seen: list[str] = []

    def beside(text: str) -> None:
        if not seen:
            with pytest.raises(harness.BusyError) as busy:
                harness.run("noop", **QUICK, results=tmp_path)
            seen.append(str(busy.value))

    harness.run("noop", **QUICK, results=tmp_path, tell=beside)
    assert f"pid {os.getpid()}" in seen[0]


def test_a_record_is_read_once_nobody_else_adds_to_it(tmp_path: Path) -> None:
    begun = Writer(tmp_path, header())
    with pytest.raises(HarnessError, match="cannot be added to: another run is adding to it"):
        api.kept(header().plan, resumed=begun.path)
    begun.append(End("complete", 2, {"all": 1.0}))
    begun.close()
    with pytest.raises(HarnessError, match="r1 is complete: nothing of it is left to be measured"):
        api.kept(header().plan, resumed=begun.path)


def test_nobody_else_adds_to_a_record_while_hosts_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"host": host.facts(), "versions": host.versions(), "commit": git.commit()}
    begun = Writer(tmp_path, msgspec.structs.replace(header(), **ours))
    begun.close()

    def waiting(*_: object) -> None:
        with pytest.raises(HarnessError, match="another run is adding to it"):
            api.kept(header().plan, resumed=begun.path, on=Request(on="ssh://h"))
        raise HarnessError("nobody came")

    monkeypatch.setattr(start, "on_hosts", waiting)
    with pytest.raises(HarnessError, match="nobody came"):
        api.kept(header().plan, resumed=begun.path, on=Request(on="ssh://h"))


CELL = """\
import time
SECONDS = 0.001

def pause():
    time.sleep(SECONDS)

def fetch(index):
    pause()
    return index
"""


def test_a_function_of_a_notebook_is_measured(tmp_path: Path) -> None:
    name = "<cell of test_api>"
    linecache.cache[name] = (len(CELL), None, CELL.splitlines(keepends=True), name)
    left: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(CELL, name, "exec", dont_inherit=True), left)
    (group,) = harness.run(left["fetch"], **QUICK, results=tmp_path).groups
    assert (group.workload, group.rows[0].status) == ("notebook:fetch", "ok")
    assert group.rows[0].wall_seconds.median > 0.002


def test_a_run_that_hosts_began_is_not_gone_on_with_here(tmp_path: Path) -> None:
    writer = Writer(tmp_path, header())
    writer.append(Site(0, "h1", "i", {}))
    writer.close()
    with pytest.raises(HarnessError, match="was begun on other hosts: give its --on again"):
        api.kept(header().plan, tmp_path, resumed=writer.path)


def record_of_a_stranger(folder: Path, name: str, **changed: Any) -> Path:
    """One whose command for hosts would make a file."""
    asked = {"on": "ssh://h", "ssh": f"touch {folder}/{name} {{host}}"}
    writer = Writer(folder, msgspec.structs.replace(header(), asked=asked, **changed))
    writer.close()
    return writer.path


def test_no_record_has_a_command_run(tmp_path: Path) -> None:
    path = record_of_a_stranger(tmp_path, "run")
    with pytest.raises(HarnessError, match="no record has a command run here: give its --ssh again, which was touch "):
        harness.resume(path)
    assert not (tmp_path / "run").exists()


def test_what_has_changed_is_said_before_hosts_are_reached(tmp_path: Path) -> None:
    command = f"touch {tmp_path}/run {{host}}"
    with pytest.raises(HarnessError, match="cannot be resumed, its blocks would be of two kinds: "):
        harness.resume(record_of_a_stranger(tmp_path, "run"), ssh=command)
    ours = {"host": host.facts(), "versions": host.versions(), "commit": git.commit()}
    path = record_of_a_stranger(tmp_path, "run", run="r2", **ours)
    with pytest.raises(HarnessError, match=r"of two kinds: plan.rounds was 1, is 2"):
        api.kept(msgspec.structs.replace(header().plan, rounds=2), resumed=path, on=Request(on="ssh://h", ssh=command))
    assert not (tmp_path / "run").exists()
