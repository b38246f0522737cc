"""Where a wrong value comes from that nobody typed. Nothing is started: each is refused before that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import Finished

UNKNOWN = "unknown strategy 'gevnt'"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("HARNESS_RUN_STRATEGIES", "gevnt", UNKNOWN),
        ("HARNESS_RUN_WORKLOADS", "./absent.py:task", "workload ./absent.py:task: there is no file"),
        ("HARNESS_RUN_MARGIN", "7", "--margin 7: a share"),
        ("HARNESS_RUN_OPTIONS", "x", "-P x: write it as key=value"),
        ("HARNESS_RUN_BLOCKS", "x", "Invalid value for '--blocks'"),
    ],
)
def test_a_variable_is_named(cli: Callable[..., Finished], variable: str, value: str, said: str) -> None:
    done = cli("run", **{variable: value})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"harness: {variable}: {said}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('strategy = "gevnt"', UNKNOWN),
        ('workload = "./absent.py:task"', "workload ./absent.py:task: there is no file"),
        ('variant = "x"', "--variant x: write it as NAME=SPEC"),
        ('param = ["x"]', "-P x: write it as key=value"),
        ('pin = "foo"', "Invalid value for '--pin'"),
    ],
)
def test_the_projects_file_is_named(cli: Callable[..., Finished], tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.harness]\n{line}\n")
    done = cli("run")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"harness: pyproject.toml: [tool.harness]: {said}")


@pytest.mark.parametrize("option", [("-s", "gevnt"), ("-sgevnt",), ("--strategy=gevnt",), ("--strategy", "gevnt")])
def test_what_was_typed_is_nobody_elses(cli: Callable[..., Finished], tmp_path: Path, option: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.harness]\nstrategy = "threads"\n')
    assert cli("run", *option, HARNESS_RUN_STRATEGIES="threads").stderr.startswith(f"harness: {UNKNOWN}")


def test_a_default_is_nobodys(cli: Callable[..., Finished]) -> None:
    assert cli("run", "--slo", "1ms").stderr.startswith("harness: --slo is for --find-capacity")
