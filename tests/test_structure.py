"""Who may import whom, who may start processes, who may touch records, who may print.

The contracts of [tool.importlinter] in pyproject.toml, and what is asserted here from the source."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import Finished

ROOT = Path(__file__).parents[1]
PACKAGES = ("harness", "strategies", "workloads")
SOURCES = sorted(path for folder in PACKAGES for path in (ROOT / folder).rglob("*.py"))
CONTRACT_SIDE = [path for path in SOURCES if not path.is_relative_to(ROOT / "harness")]
WORKER_SIDE = [path for path in SOURCES if path.is_relative_to(ROOT / "harness/worker")]


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at whatever depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def lint(folder: Path) -> Finished:
    """Hold the tree in a folder to its contracts."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([linter, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree's packages and its contracts, to be spoilt."""
    folder = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("harness/record/store.py", "import harness.plan.make", "Floors"),
        ("harness/sweep/__init__.py", "", "Floors"),
        ("harness/worker/rounds.py", "import numpy", "A worker imports the standard library"),
        ("harness/worker/rounds.py", "import harness.errors", "A worker imports the standard library"),
        ("harness/measure/run.py", "import harness.worker.rounds", "The parent knows a worker"),
        ("harness/report/words.py", "import click", "Only the command line"),
    ],
)
def test_a_contract_that_is_broken_is_named(copied: Path, path: str, line: str, contract: str) -> None:
    file = copied / path
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before or ''}\n{line}\n")
    try:
        done = lint(copied)
    finally:
        if before is None:
            shutil.rmtree(file.parent)
        else:
            file.write_text(before)
    assert done.returncode == 1
    broken = [row for row in done.stdout.splitlines() if row.endswith(" BROKEN")]
    assert len(broken) <= 1
    assert contract in (broken or [done.stdout])[0]


@pytest.mark.parametrize("path", CONTRACT_SIDE, ids=place)
def test_strategies_and_workloads_import_only_what_they_may(path: Path) -> None:
    ours = {name for name in imports(path) if name.startswith("harness.")}
    if place(path) == "strategies/base.py":
        assert not ours
    elif place(path).startswith("strategies/"):
        assert all(name.startswith("harness.strategies.") for name in ours)
    elif place(path).startswith("workloads/checks/"):  # what checks a workload runs it under some strategy
        assert all(name.startswith(("harness.workloads.", "harness.strategies.")) for name in ours)
    else:
        assert all(name.startswith(("harness.workloads.", "harness.strategies.base")) for name in ours)


@pytest.mark.parametrize("path", WORKER_SIDE, ids=place)
def test_the_workers_side_imports_only_the_standard_library_and_ours(path: Path) -> None:
    assert roots(path) - {"harness"} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        # The checks are run by a third party's tests, not by the program.
        # What runs on another host, before there is a program of ours, or within a worker of Dask's.
        (
            "subprocess",
            (
                "harness/process/",
                "harness/variants/",
                "harness/hosts/boot.py",
                "harness/hosts/relay.py",
                "strategies/checks/",
                "workloads/checks/",
            ),
        ),
        ("click", ("harness/cli/",)),
        # Whose cells are counted: what is printed is the command line's.
        ("rich", ("harness/cli/", "harness/report/")),
    ],
)
def test_only_one_place_uses(module: str, allowed: tuple[str, ...]) -> None:
    users = [place(path) for path in SOURCES if module in roots(path)]
    assert users
    assert all(user.startswith(allowed) for user in users)


def test_only_the_store_opens_files_for_records_and_only_the_cli_prints() -> None:
    for path in SOURCES:
        calls = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        in_memory = place(path) == "harness/report/lines.py"
        assert "print" not in calls or in_memory or place(path).startswith("harness/cli/")
        assert "fdatasync" not in calls or place(path) == "harness/record/writer.py"


def test_nothing_is_timed_by_a_clock_that_somebody_sets() -> None:
    """How old a file is may be asked of it, and how far two hosts' clocks are apart; what something took may not."""
    users = {place(path) for path in SOURCES if "time.time(" in path.read_text()}
    files = {
        "harness/advise/machine.py",
        "harness/hosts/boot.py",
        "harness/process/folders.py",
        "harness/record/writer.py",
    }
    assert users == files | {"harness/hosts/agent.py", "harness/hosts/client.py"}


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_nothing_forks_or_unpickles(path: Path) -> None:
    sends = place(path) in ("harness/plan/sent.py", "harness/worker/sent.py")  # what a test of pytest closed over
    strategy = place(path) in ("strategies/pickled.py", "strategies/processes.py")  # whose pool lives so
    if not strategy:
        assert not roots(path) & ({"multiprocessing"} if sends else {"pickle", "marshal", "multiprocessing"})
    copies_us = place(path) in ("harness/process/keeper.py", "harness/process/witness.py")
    assert copies_us or "os.fork" not in path.read_text()


def test_no_test_module_imports_another() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("tests.") and ".test_" in name], path
