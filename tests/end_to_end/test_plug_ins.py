"""Packages beside ours that misbehave where they are imported: that is their own affair, and no other suffers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, Finished, rows

FINE = "from harness.strategies.sequential import Sequential as Theirs"
HOSTILE = {
    "raises": ("raise RuntimeError('not today')", "failed", "RuntimeError: not today at raises.py:2"),
    "exits": ("raise SystemExit(3)", "failed", "SystemExit: 3 at exits.py:2"),
    "interrupts": ("raise KeyboardInterrupt", "failed", "KeyboardInterrupt at interrupts.py:2"),
    "mistyped": ("def Theirs(:", "failed", "SyntaxError"),
    "lacks": ("import nothing_of_that_name", "unavailable", "needs nothing_of_that_name (pip install"),
    "leaves": ("import os; os._exit(0)", "failed", "it ended with status 0 and no answer"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "failed", "it was killed by SIGSEGV"),
    "forks": (f"import os; os.fork()\n{FINE}", "ok|invalid", "a copy of the worker"),  # who is first
    "renamed": ("", "failed", "renamed has no Theirs"),
    "other": ("Theirs = 3", "failed", "other:Theirs is neither a Strategy nor an AsyncStrategy"),
    "newer": (f"{FINE}\nclass Theirs(Theirs): contract = 2", "failed", "was written for version 2 of the contract"),
    "uninstalled": (None, "failed", "there is no module uninstalled"),
    "prints": (f"print('x' * 1_000_000)\n{FINE}", "ok", ""),
    "patches": (f"import gevent.monkey; gevent.monkey.patch_all()\n{FINE}", "ok", ""),
}
"""What a module of a strategy does, and what becomes of it."""


def installed(folder: Path, sources: dict[str, str | None]) -> str:
    """A package whose modules are strategies by their names, each of which says when it is imported; its path."""
    site, about = folder / "site", folder / "site" / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    points = "".join(f"{name} = {name}:Theirs\n" for name in sources)
    (about / "entry_points.txt").write_text(f"[harness.strategies]\n{points}")
    for name, source in sources.items():
        if source is not None:
            (site / f"{name}.py").write_text(f"open({str(folder / 'seen')!r}, 'a').write('{name} ')\n{source}\n")
    return str(site)


@pytest.fixture
def beside(tmp_path: Path) -> str:
    return installed(tmp_path, {name: source for name, (source, _, _) in HOSTILE.items()})


def test_who_asks_for_another_imports_none_of_them(
    harness: Callable[..., Finished], tmp_path: Path, beside: str
) -> None:
    done = harness("run", "-s", "sequential", "-W", "noop", "--tasks", "1", *LOOK, PYTHONPATH=beside)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "seen").exists()


def test_each_is_a_row_with_its_reason(harness: Callable[..., Finished], tmp_path: Path, beside: str) -> None:
    asked = ("-W", "noop", "--tasks", "1", *LOOK, "--json", "-")
    done = harness("run", "-s", ",".join(["sequential", *HOSTILE]), *asked, PYTHONPATH=beside)
    assert done.returncode == 3, done.stderr
    found = rows(json.loads(done.stdout))
    assert found["sequential"]["status"] == "ok"
    hold(found)
    assert {*(tmp_path / "seen").read_text().split()} == HOSTILE.keys() - {"mistyped", "uninstalled"}


def test_they_are_listed_with_their_reasons(harness: Callable[..., Finished], beside: str) -> None:
    said = json.loads(harness("list", "strategies", "--json", "-", PYTHONPATH=beside).stdout)
    listed = {one["name"]: one for one in said["strategies"]}
    hold(listed)
    assert listed["sequential"]["status"] == "ok"


def hold(found: dict[str, dict[str, Any]]) -> None:
    wrong = {
        name: (found[name]["status"], found[name]["reason"])
        for name, (_, status, text) in HOSTILE.items()
        if not re.fullmatch(status, found[name]["status"])
        or (text not in (found[name]["reason"] or "") and found[name]["status"] != "ok")
    }
    assert not wrong


def test_a_name_that_means_two_things_is_one_line_that_says_both(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    path = installed(tmp_path, {"gevent": FINE})
    done = harness("run", "-s", "sequential", "-W", "noop", PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (2, "")
    both = "harness.strategies.gevent:Gevent and gevent:Theirs"
    assert done.stderr == f"harness: strategy gevent is defined twice: {both}\n"


@pytest.mark.parametrize(
    ("spoilt", "text"),
    [("os._exit(3)", "it ended with status 3 and no answer"), ("sys.exit('no')", "it ended with status 1")],
)
def test_an_interpreter_that_does_not_come_up_is_the_rows_reason(
    harness: Callable[..., Finished], tmp_path: Path, spoilt: str, text: str
) -> None:
    """By what the environment has each interpreter do at its start."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        f"import os, sys\nif 'HARNESS_WORKER' in os.environ: {spoilt}\n"
    )
    asked = ("-s", "threads", "-W", "noop", "--tasks", "1", *LOOK)
    done = harness("run", *asked, "--json", "-", PYTHONPATH=str(tmp_path / "site"))
    assert (done.returncode, done.stderr) == (3, "")
    (row,) = json.loads(done.stdout)["groups"][0]["rows"]
    assert row["status"] == "failed"
    assert text in row["reason"]
