"""What pytest-benchmark offers, with the real thing: its newest version that we allow, and its oldest."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import ROOT, Finished
from tests.harness.pytest_plugin.sessions import pytest_in

pytestmark = [pytest.mark.slow, pytest.mark.together]
TESTS = """
import time
import pytest

def job(index):
    time.sleep(SECONDS)

@pytest.mark.harness_strategies("sequential", "threads")
def test_job(harness_benchmark):
    harness_benchmark(job, tasks=2, blocks=2, rounds=2)

@pytest.mark.benchmark(group="own")
@pytest.mark.harness_strategies("sequential")
def test_own(harness_benchmark):
    harness_benchmark("noop", tasks=1, blocks=1, rounds=3)

def test_theirs(benchmark):
    assert benchmark(int, "3") == 3

def test_other():
    pass
"""
FIRST, LATER = (TESTS.replace("SECONDS", text) for text in ("0.001", "0.05"))
NAMES = {"test_job[sequential]", "test_job[threads]", "test_own[sequential]", "test_theirs"}
Pytest = Callable[..., Finished]


def oldest(name: str) -> str:
    """The first version of a library that our pyproject.toml allows."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (version,) = (word.removeprefix(f"{name}>=") for word in wanted if word.startswith(f"{name}>="))
    return f"{name}=={version}" + ".0" * (2 - version.count("."))


def installed(folder: Path, *names: str) -> None:
    """Install libraries into a folder, or skip."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "--target"]
    done = subprocess.run([*command, folder, *names], capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"{', '.join(names)} cannot be installed: {done.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="module", params=["newest", "oldest"])
def libraries(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pygal, which pytest-benchmark draws with, and with its oldest version and pytest's."""
    folder = tmp_path_factory.mktemp(request.param)
    names = [oldest("pytest-benchmark"), oldest("pytest")] if request.param == "oldest" else []
    installed(folder, "pygal", *names)
    return folder


@pytest.fixture
def run(libraries: Path, tmp_path: Path) -> Pytest:
    return lambda text, *arguments: pytest_in(tmp_path, text, *arguments, PYTHONPATH=str(libraries))


def test_its_version_is_the_one_that_is_meant(run: Pytest, libraries: Path) -> None:
    said = run(TESTS, "--collect-only").stdout
    found = re.search(r"benchmark: ([\d.]+)", said)
    assert found
    if libraries.name.startswith("oldest"):
        assert f"pytest-benchmark=={found[1]}" == oldest("pytest-benchmark")
        assert f"pytest-{oldest('pytest').partition('==')[2]}" in said


def test_runs_are_saved_compared_and_fail(run: Pytest, tmp_path: Path) -> None:
    kept = "--benchmark-storage=kept"
    saved = run(FIRST, kept, "--benchmark-save=base", "--benchmark-save-data")
    assert saved.returncode == 0, saved.stdout
    (file,) = (tmp_path / "kept").glob("*/0001_base.json")
    benchmarks = {one["name"]: one for one in json.loads(file.read_text())["benchmarks"]}
    assert set(benchmarks) == NAMES
    assert len(benchmarks["test_job[threads]"]["stats"]["data"]) == 4
    assert benchmarks["test_job[threads]"]["extra_info"]["ratio"]["blocks"] == 2
    fails = "--benchmark-compare-fail=median:900%"
    same = run(FIRST, kept, "--benchmark-compare", fails, "--benchmark-autosave", "-k", "job")
    assert same.returncode == 0, same.stdout
    assert "(0001_base)" in same.stdout
    assert len(list((tmp_path / "kept").glob("*/0002_*.json"))) == 1
    slower = run(LATER, kept, "--benchmark-compare=0001", fails, "-k", "job")
    assert slower.returncode != 0
    assert "Performance has regressed" in slower.stdout + slower.stderr
    assert "test_job[sequential]" in (slower.stdout + slower.stderr).partition("Performance has regressed")[2]


def test_tables_histograms_and_files(run: Pytest, tmp_path: Path) -> None:
    how = ["--benchmark-group-by=func", "--benchmark-sort=name", "--benchmark-columns=median,rounds"]
    done = run(FIRST, *how, "--benchmark-json=out.json", "--benchmark-histogram=drawn/it", "--benchmark-time-unit=s")
    assert done.returncode == 0, done.stdout
    table = done.stdout.partition("benchmark 'test_job': 2 tests")[2]
    assert table.index("test_job[sequential]") < table.index("test_job[threads]")
    assert re.search(r"Name \(time in s\) +Median +Rounds", table)
    assert {one["name"] for one in json.loads((tmp_path / "out.json").read_text())["benchmarks"]} == NAMES
    assert "test_job[threads]" in (tmp_path / "drawn/it-test_job.svg").read_text()


@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        (["--benchmark-disable"], "5 passed"),
        (["--benchmark-skip"], "1 passed, 4 skipped"),
        (["--benchmark-only"], "4 passed, 1 skipped"),
        (["--benchmark-disable", "--benchmark-enable"], "5 passed"),
    ],
)
def test_what_is_off_is_off(run: Pytest, tmp_path: Path, flags: list[str], outcome: str) -> None:
    done = run(FIRST, *flags)
    assert outcome in done.stdout, done.stdout
    measured = flags[-1] in ("--benchmark-only", "--benchmark-enable")
    assert ("- benchmark 'own'" in done.stdout) == ("harness: test_it.py::test_own" in done.stdout) == measured
    assert (tmp_path / "results").exists() == measured


def test_groups_and_other_options_of_theirs(run: Pytest) -> None:
    done = run(FIRST, "--benchmark-group-by=param:harness_strategy", "-k", "job", "--benchmark-cprofile=tottime")
    assert done.returncode == 0, done.stdout
    assert "benchmark 'harness_strategy=threads': 1 tests" in done.stdout
    done = run(FIRST, "--benchmark-min-rounds=9", "--benchmark-warmup=on", "--benchmark-disable-gc", "-k", "own")
    assert "benchmark 'own': 1 tests" in done.stdout
    quiet = run(FIRST, "--benchmark-quiet", "-k", "own")
    assert "benchmark 'own'" not in quiet.stdout
