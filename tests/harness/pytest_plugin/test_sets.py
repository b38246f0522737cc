"""Tests that differ by their strategy alone are measured in one run, and say so at the end: one session for all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import api
from harness.document.run import Run
from tests.builders import Finished
from tests.harness.pytest_plugin.sessions import pytest_in

SESSION = """
import functools
import time
import pytest

SIZE = 1
SMALL = {"tasks": 2, "blocks": 2, "rounds": 1}
TWO = ("sequential", "threads")

class Job:
    def __init__(self, seconds):
        self.seconds = seconds
    def fetch(self, index):
        time.sleep(self.seconds)

def job(seconds, key=None):
    time.sleep(seconds)
    return key

def plain(index, seconds=0.001):
    time.sleep(seconds)

def sized(index):
    assert SIZE == 100

@pytest.mark.harness_strategies("sequential,threads")
def test_set(harness_benchmark, harness_strategy):
    row = harness_benchmark(plain, 0.01, tasks=5, blocks=6, rounds=1)
    assert row["strategy"] == harness_strategy
    if harness_strategy == "threads":
        assert row["ratio"]["verdict"] and row["ratio"]["blocks"] == 6

@pytest.mark.parametrize("key", [{"a": 1}, {"b": 2}])
@pytest.mark.parametrize("harness_strategy", TWO)
def test_arguments(harness_benchmark, key):
    harness_benchmark(job, 0.002, key=key, **SMALL)

@pytest.mark.parametrize("harness_strategy", TWO)
@pytest.mark.parametrize("n", [1, 2])
def test_closure(harness_benchmark, n):
    def inner(index):
        assert n in (1, 2)
        time.sleep(n / 1000)
    assert harness_benchmark(inner, **SMALL)["wall_seconds"]["low"] >= n / 1000

STATE = iter((0.001, 0.02))

@pytest.mark.harness_strategies(*TWO)
def test_changed(harness_benchmark):
    seconds = next(STATE)
    row = harness_benchmark(lambda: time.sleep(seconds), **SMALL)
    assert row["wall_seconds"]["low"] >= seconds

@pytest.mark.harness_strategies(*TWO)
def test_patched(harness_benchmark, monkeypatch):
    monkeypatch.setitem(globals(), "SIZE", 100)
    harness_benchmark(sized, **SMALL)

@pytest.mark.harness_strategies(*TWO)
def test_method(harness_benchmark):
    harness_benchmark(Job(0.002).fetch, **SMALL)

def test_partial(harness_benchmark):
    harness_benchmark(functools.partial(plain, seconds=0.002), **SMALL)

@pytest.mark.harness_strategies("sequential", "threads", "asyncio")
def test_some(harness_benchmark):
    harness_benchmark("noop", **SMALL)

@pytest.mark.parametrize("harness_strategy", ["sequential", pytest.param("threads", marks=pytest.mark.skip), "asyncio"])
def test_skipped(harness_benchmark):
    harness_benchmark("noop", **SMALL)

@pytest.mark.harness_strategies("sequential", "thread-pool")
def test_elsewhere(harness_benchmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    harness_benchmark("noop", **SMALL)
"""


class Session:
    """A session of pytest, with what it printed and stored."""

    def __init__(self, folder: Path, done: Finished) -> None:
        self.folder, self.done = folder, done
        self.out = done.stdout
        runs = [api.read(path, folder / "results") for path in sorted((folder / "results").glob("*.jsonl"))]
        self.runs: dict[str, list[Run]] = {}
        for run in runs:
            self.runs.setdefault(str(run.name).removeprefix("test_it.py::"), []).append(run)

    def strategies(self, test: str) -> list[list[str]]:
        return [[row.strategy for row in run.groups[0].rows] for run in self.runs[test]]


def test_a_set_is_measured_in_one_run(tmp_path: Path) -> None:
    session = Session(tmp_path, pytest_in(tmp_path, SESSION, "-k", "set or closure and 1"))
    assert session.done.returncode == 0, session.out
    assert session.strategies("test_set") == session.strategies("test_closure[n=1]") == [["sequential", "threads"]]
    assert session.out.count("- harness: test_it.py::test_") == 2


slow = pytest.mark.slow


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Half a minute, for all that follows."""
    folder = tmp_path_factory.mktemp("session")
    done = pytest_in(folder, SESSION, "--benchmark-json=out.json", "-k", "not some or not threads", "-v")
    return Session(folder, done)


@slow
def test_all_pass(session: Session) -> None:
    assert session.done.returncode == 0, session.out
    assert "23 passed, 1 skipped, 1 deselected" in session.out


@slow
def test_a_set_is_one_run_which_is_stored_under_the_name_of_the_test(session: Session) -> None:
    assert session.strategies("test_set") == [["sequential", "threads"]]
    (run,) = session.runs["test_set"]
    group = run.groups[0]
    assert (group.workload, group.options) == ("./test_it.py:plain", {"seconds": 0.01})
    assert group.best == ["threads"]


@slow
def test_it_can_be_asked_for_by_the_program(session: Session) -> None:
    for words in (["show", "test_it.py::test_set"], ["list", "runs"]):
        command = [sys.executable, "-m", "harness", *words]
        done = subprocess.run(command, cwd=session.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "threads" in done.stdout


@slow
def test_other_parameters_make_other_sets(session: Session) -> None:
    for title in ("test_closure[n=1]", "test_closure[n=2]", "test_arguments[key=#0]", "test_arguments[key=#1]"):
        assert session.strategies(title) == [["sequential", "threads"]]
    (run,) = session.runs["test_closure[n=2]"]
    assert run.groups[0].workload == "pytest:test_it.py::test_closure[n=2]"
    (run,) = session.runs["test_arguments[key=#0]"]
    assert run.groups[0].options == {"seconds": 0.002}


@slow
def test_what_has_changed_since_the_first_is_measured_as_it_is_now(session: Session) -> None:
    assert session.strategies("test_changed") == [["sequential", "threads"], ["threads"]]
    assert "measured alone: it asks for something else than the first test of its set" in session.out
    assert session.strategies("test_patched") == [["sequential", "threads"]]


@slow
def test_what_is_deselected_or_skipped_is_not_measured(session: Session) -> None:
    assert session.strategies("test_some") == [["sequential", "asyncio"]]
    assert session.strategies("test_skipped") == [["sequential", "asyncio"]]


@slow
def test_a_test_that_went_elsewhere_has_its_record_where_the_others_are(session: Session) -> None:
    assert session.strategies("test_elsewhere") == [["sequential", "thread-pool"]]


@slow
def test_the_end_has_a_section_for_each_set(session: Session) -> None:
    titles = re.findall(r"^-+ harness: test_it.py::(.+?) -+$", session.out, re.MULTILINE)
    assert titles.count("test_changed") == 2
    assert len(titles) == sum(map(len, session.runs.values()))
    section = session.out.partition("harness: test_it.py::test_set ")[2].partition("harness: ")[0]
    assert "threads" in section


@slow
def test_pytest_benchmark_has_each_tests_own_rounds(session: Session) -> None:
    said = {one["name"]: one for one in json.loads((session.folder / "out.json").read_text())["benchmarks"]}
    assert len(said) == 23
    slow, fast = said["test_set[sequential]"]["stats"], said["test_set[threads]"]["stats"]
    assert slow["rounds"] == fast["rounds"] == 6
    assert slow["min"] >= 0.05 > fast["median"]


CHOSEN = """
import pytest

@pytest.mark.parametrize("harness_strategy, tasks", [("sequential", 1), ("threads", 2)])
def test_own(harness_benchmark, tasks):
    harness_benchmark("noop", tasks=tasks)

@pytest.mark.harness_strategies("all")
def test_all(harness_benchmark):
    harness_benchmark("noop")

@pytest.fixture(params=["trio"])
def harness_strategy(request):
    return request.param

def test_fixture(harness_benchmark):
    harness_benchmark("noop")
"""


@pytest.mark.parametrize(
    ("arguments", "selected"),
    [
        ((), ["test_own[sequential-1]", "test_own[threads-2]"]),
        (("--harness-strategy=threads,asyncio",), ["test_own[threads-2]"]),
        (("--harness-strategy=all",), ["test_own[sequential-1]", "test_own[threads-2]"]),
    ],
)
def test_tests_that_say_themselves_what_they_run_under(
    tmp_path: Path, arguments: tuple[str, ...], selected: list[str]
) -> None:
    text = CHOSEN.partition("@pytest.fixture")[0].partition('@pytest.mark.harness_strategies("all")')[0]
    done = pytest_in(tmp_path, text, "--collect-only", "-q", *arguments)
    assert [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line] == selected


def test_all_strategies_and_those_of_a_fixture(tmp_path: Path) -> None:
    known = [name for name, _, _ in api.known("strategies")]
    text = CHOSEN.partition("@pytest.fixture")[0]
    done = pytest_in(tmp_path, text, "--collect-only", "-q", "-k", "test_all")
    assert [name for name in known if f"test_all[{name}]" in done.stdout] == known
    text = "import pytest\n\n@pytest.fixture" + CHOSEN.partition("@pytest.fixture")[2]
    assert "test_fixture[trio]" in pytest_in(tmp_path, text, "--collect-only", "-q").stdout
    wrong = text.replace("trio", "all")
    done = pytest_in(tmp_path, wrong, "--harness-blocks=1")
    assert "harness_strategies('all') has all of them" in done.stdout + done.stderr
