"""The pytest plug-in, in pytest runs of their own, with the real pytest-benchmark."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import ROOT, Finished
from tests.harness.pytest_plugin.sessions import pytest_in

BIN = Path(sys.executable).parent
TESTS = """
import time
import pytest

def job(index):
    time.sleep(0.002)
    return index

@pytest.mark.harness_strategies("sequential", "gevent-patched")
def test_job(harness_benchmark):
    row = harness_benchmark(job, tasks=10, blocks=2, rounds=3)
    assert row["rounds"] == 6

def test_sleep(harness_benchmark):
    harness_benchmark("sleep", tasks=3, blocks=1, rounds=1, seconds=0.001)
"""


@pytest.fixture
def pytest_run(tmp_path: Path) -> Callable[..., Finished]:
    """Run a file of tests in the test's folder."""
    return lambda text, *arguments, **more: pytest_in(tmp_path, text, *arguments, **more)


def test_rows_are_in_pytest_benchmarks_table_and_files(pytest_run: Callable[..., Finished], tmp_path: Path) -> None:
    done = pytest_run(TESTS, "--benchmark-json=out.json", "--benchmark-columns=median,rounds")
    assert done.returncode == 0, done.stdout
    assert "test_job[gevent-patched]" in done.stdout
    said = {one["name"]: one for one in json.loads((tmp_path / "out.json").read_text())["benchmarks"]}
    assert set(said) == {"test_job[sequential]", "test_job[gevent-patched]", "test_sleep[gevent]"}
    slow, fast = said["test_job[sequential]"], said["test_job[gevent-patched]"]
    assert slow["stats"]["rounds"] == fast["stats"]["rounds"] == 6
    assert slow["stats"]["median"] > 0.02
    assert slow["stats"]["median"] > 2 * fast["stats"]["median"]
    assert slow["extra_info"]["wall_seconds"]["median"] == pytest.approx(slow["stats"]["median"], rel=0.5)
    assert slow["group"] == "test_it.py:job"
    command = [str(BIN / "pytest-benchmark"), "compare", "out.json"]
    compared = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert compared.returncode == 0
    assert "test_job[gevent-patched]" in compared.stdout


def test_the_command_line_chooses_the_strategies(pytest_run: Callable[..., Finished]) -> None:
    done = pytest_run(TESTS, "--harness-strategy=threads,asyncio", "--benchmark-columns=median", "-v")
    assert done.returncode == 0, done.stdout
    for name in ("test_job[threads]", "test_job[asyncio]", "test_sleep[threads]", "test_sleep[asyncio]"):
        assert f"{name} PASSED" in done.stdout
    assert "gevent-patched" not in done.stdout


@pytest.mark.parametrize(
    ("flag", "outcome"),
    [("--benchmark-disable", "3 passed"), ("--benchmark-skip", "3 skipped"), ("--benchmark-only", "3 passed")],
)
def test_benchmarks_that_are_off_are_off(pytest_run: Callable[..., Finished], flag: str, outcome: str) -> None:
    tests = TESTS.replace('assert row["rounds"] == 6', "")
    assert outcome in pytest_run(tests, flag).stdout


FAILING = """
import threading

def timed(index, timeout=1):
    pass

def bad(index):
    raise ValueError("here")

async def awaited(index):
    return index

def test_bad(harness_benchmark):
    harness_benchmark(bad, tasks=2)

def test_option(harness_benchmark):
    harness_benchmark("sleep", second=1)

def test_cannot(harness_benchmark):
    harness_benchmark(awaited, tasks=2)

def test_local(harness_benchmark):
    lock = threading.Lock()
    harness_benchmark(lambda index: lock)

def test_twice(harness_benchmark):
    harness_benchmark("noop", tasks=1)
    harness_benchmark("noop", tasks=1)

def test_whose(harness_benchmark):
    harness_benchmark(timed, timeout=3)

def test_by_place(harness_benchmark):
    harness_benchmark("sleep", 3)
"""


def test_what_goes_wrong_is_a_line_and_no_traceback(pytest_run: Callable[..., Finished]) -> None:
    done = pytest_run(FAILING, "--harness-strategy=threads", "--harness-blocks=1", "-W", "error")
    assert done.returncode == 1
    assert "6 failed, 1 skipped" in done.stdout
    assert re.search(r"threads: failed: (\d+) of \1 failed: ValueError: here at test_it.py:8", done.stdout)
    assert "unknown option 'second': sleep has seconds, call" in done.stdout
    assert "threads: unsupported: it is an async def" in done.stdout
    assert "<lambda> cannot be sent to workers: cannot pickle '_thread.lock' object" in done.stdout
    assert "a test calls harness_benchmark once" in done.stdout
    assert (
        "timeout is the run's and a parameter of timed: give the function its own by functools.partial" in done.stdout
    )
    assert "sleep: its options are given by name, such as seconds=0.1, not 3" in done.stdout
    assert "During handling" not in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("name", ["test_bad", "test_option", "test_cannot", "test_local"])
def test_pytest_benchmark_does_not_warn_of_a_failure_that_it_was_not_used(
    pytest_run: Callable[..., Finished], name: str
) -> None:
    done = pytest_run(FAILING, "--harness-strategy=threads", "--harness-blocks=1", "-k", name)
    assert done.returncode == (0 if name == "test_cannot" else 1)
    assert "warning" not in done.stdout


def test_a_failure_is_in_no_file_of_pytest_benchmarks(pytest_run: Callable[..., Finished], tmp_path: Path) -> None:
    done = pytest_run(FAILING + TESTS, "--harness-blocks=1", "--benchmark-json=out.json", "-k", "bad or sleep")
    assert "1 failed, 1 passed" in done.stdout
    said = json.loads((tmp_path / "out.json").read_text())["benchmarks"]
    assert [one["name"] for one in said] == ["test_sleep[gevent]"]


MISSING = """
import beside

def lacking(index):
    import no_such_module

def neighbour(index):
    beside.job(index)

def test_lacking(harness_benchmark):
    harness_benchmark(lacking, tasks=1)

def test_neighbour(harness_benchmark):
    harness_benchmark(neighbour, tasks=1)
"""


def test_a_missing_module_of_the_users_is_a_failure_and_one_that_pytest_finds_is_found(
    pytest_run: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "beside.py").write_text("def job(index):\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    done = pytest_run(MISSING, "--harness-strategy=sequential", "--harness-blocks=1")
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    missing = "ModuleNotFoundError: No module named 'no_such_module' at test_it.py:5"
    assert re.search(rf"sequential: failed: (\d+) of \1 failed: {missing}", done.stdout)


LIGHT = """
import sys

def test_nothing_of_ours_is_imported():
    ours = {name for name in sys.modules if name.partition(".")[0] == "harness"}
    assert not ours
    assert not {"gevent", "greenlet", "numpy", "scipy", "msgspec"} & set(sys.modules)
"""


def test_the_plug_in_is_light(pytest_run: Callable[..., Finished]) -> None:
    done = pytest_run(LIGHT)
    assert "1 passed" in done.stdout, done.stdout


OWN = """
import harness

def test_own():
    assert harness.MINE

def test_ours(harness_benchmark):
    harness_benchmark("noop")
"""


@pytest.mark.parametrize("place", ["harness/__init__.py", "harness.py"])
def test_a_harness_of_the_users_stays_theirs_and_switches_the_plug_in_off(
    pytest_run: Callable[..., Finished], tmp_path: Path, place: str
) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("MINE = True\n")
    done = pytest_run(OWN)
    assert "1 passed, 1 error" in done.stdout
    hides = f"harness: {tmp_path / place.removesuffix('/__init__.py')} hides the package of harness_benchmark"
    lines = [line for line in done.stdout.splitlines() if hides in line]
    assert len(lines) == 2, "in the header, and for the test that asked for it"
    assert all("rename it, or keep the folder that it is in off the import path" in line for line in lines)
    assert "Traceback" not in done.stdout


def test_a_harness_that_only_collection_makes_importable_stays_the_users(
    pytest_run: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("MINE = True\n")
    done = pytest_run(OWN, program=str(BIN / "pytest"))
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert f"{tmp_path / 'harness'} hides the package" in done.stdout


def test_under_xdist_a_line_says_that_nothing_was_timed(pytest_run: Callable[..., Finished], tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    done = pytest_run(TESTS.replace('assert row["rounds"] == 6', 'assert row["rounds"] == 1'), "-n2")
    assert "3 passed" in done.stdout, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("harness: nothing was timed")]
    assert "each of the 3 tests of harness_benchmark ran its workload once" in line
    assert line.endswith("pytest -n 0 -m harness")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--harness-strategy=gevent,nothing",), "unknown strategy 'nothing'"),
        (("-p", "no:benchmark"), "harness_benchmark reports by pytest-benchmark, which is off"),
        (("--harness-blocks=0",), "--harness-blocks: 1 or more"),
    ],
)
def test_what_makes_no_sense_is_a_line(
    pytest_run: Callable[..., Finished], arguments: tuple[str, ...], text: str
) -> None:
    done = pytest_run(TESTS, "-k", "sleep", *arguments)
    assert done.returncode != 0
    assert text in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


WRONG = """
import pytest

def test_other():
    pass

@pytest.mark.harness_strategies("gevent", "gevnt")
@pytest.mark.parametrize("tasks", [1, 2, 3])
def test_many(harness_benchmark, tasks):
    harness_benchmark("noop", tasks=tasks)

@pytest.mark.harness_strategies("gevnt")
def test_one_more(harness_benchmark):
    harness_benchmark("noop")
"""


def test_a_strategy_that_does_not_exist_is_one_line_before_anything_runs(pytest_run: Callable[..., Finished]) -> None:
    done = pytest_run(WRONG)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    said = [line for line in (done.stdout + done.stderr).splitlines() if "gevnt" in line]
    assert len(said) == 1, done.stdout
    assert "unknown strategy 'gevnt'. Did you mean gevent" in said[0]
    assert "test_it.py::test_many" in said[0]
    assert pytest_run(WRONG, "-k", "other").returncode == 0, "what is not selected is not looked at"
    assert "unknown strategy 'gevnt'" in pytest_run(WRONG, "-n1", "-k", "one_more").stdout


def test_our_own_benchmarks_can_be_collected() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/benchmarks"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "test_spawning_and_joining[gevent]" in done.stdout
