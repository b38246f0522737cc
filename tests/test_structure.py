"""Who may import whom, who may start processes, who may touch records, who may print: asserted from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("harness", "strategies", "workloads") for path in (ROOT / folder).rglob("*.py"))
WORKER_SIDE = [f"harness/worker/{name}.py" for name in ("main", "rounds", "roots", "describe", "frames")]


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


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_part_imports_only_what_it_may(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    ours = {name for name in imports(path) if name.startswith("harness.")}
    if place == "strategies/base.py":
        assert not ours
    elif place.startswith("strategies/"):
        assert all(name.startswith("harness.strategies.") for name in ours)
    elif place.startswith("workloads/checks/"):  # what checks a workload runs it under some strategy
        assert all(name.startswith(("harness.workloads.", "harness.strategies.")) for name in ours)
    elif place.startswith("workloads/"):
        assert all(name.startswith(("harness.workloads.", "harness.strategies.base")) for name in ours)


@pytest.mark.parametrize("place", WORKER_SIDE)
def test_the_workers_side_imports_only_the_standard_library_and_the_contracts(place: str) -> None:
    foreign = {"click", "rich", "msgspec", "numpy", "scipy", "tabulate", "psutil", "gevent"}
    assert not roots(ROOT / place) & foreign
    ours = {name for name in imports(ROOT / place) if name.startswith("harness.")}
    assert not ours & {"harness.cli", "harness.process", "harness.record", "harness.plan"}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        (
            "subprocess",
            (
                "harness/variants/git.py",
                "harness/process/launch.py",
                "harness/variants/build.py",
                "strategies/checks/",  # which a third party's tests run, not the program
                "workloads/checks/",
            ),
        ),
        ("click", ("harness/cli/",)),
        ("rich", ("harness/cli/",)),
    ],
)
def test_only_one_place_uses(module: str, allowed: tuple[str, ...]) -> None:
    users = [str(path.relative_to(ROOT)) for path in SOURCES if module in roots(path)]
    assert users
    assert all(user.startswith(allowed) for user in users)


def test_only_the_store_opens_files_for_records_and_only_the_cli_prints() -> None:
    for path in SOURCES:
        place = str(path.relative_to(ROOT))
        calls = {
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert "print" not in calls or place.startswith("harness/cli/")
        assert "fdatasync" not in calls or place == "harness/record/store.py"


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "launch.py"], ids=lambda path: path.name)
def test_nothing_forks_or_unpickles(path: Path) -> None:
    assert not roots(path) & {"pickle", "marshal", "multiprocessing"}
    assert "os.fork" not in path.read_text()
