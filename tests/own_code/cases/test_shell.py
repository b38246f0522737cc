"""What the shell brings along is taken away, or is a remark; a run starts from everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, Finished, rows

Run = Callable[..., Finished]
SLEEP = (
    "run",
    "-s",
    "gevent,asyncio",
    "-W",
    "sleep",
    "-P",
    "seconds=0.001",
    "--tasks",
    "300",
    *LOOK,
)


def table(harness: Run, **environment: str) -> dict[str, Any]:
    done = harness(*SLEEP, "--json", "-", **environment)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def told(document: dict[str, Any], *words: str) -> bool:
    """Whether a row or the run says something of the kind, beside the facts of the machine."""
    spoken = json.dumps([document["disturbances"], [row["warnings"] for row in rows(document).values()]])
    return any(word in spoken for word in words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONASYNCIODEBUG", "1"),
        ("PYTHONPATH", "brought"),
        pytest.param("PYTHONDEVMODE", "1", marks=pytest.mark.slow),
        pytest.param("PYTHONTRACEMALLOC", "1", marks=pytest.mark.slow),
    ],
)
def test_what_debugs_or_traces_is_not_on_in_a_worker_or_is_said(
    harness: Run, bring: Callable[[str], Path], name: str, value: str
) -> None:
    file = bring("switches.py")
    (file.parent / "brought").mkdir()
    (file.parent / "brought" / "sitecustomize.py").write_text("import sys\nsys.setprofile(lambda *_: None)\n")
    value = str(file.parent / value) if name == "PYTHONPATH" else value
    command = (
        "-s",
        "gevent,asyncio",
        "-W",
        "./switches.py:plain",
        "-W",
        "./switches.py:awaited",
        "--tasks",
        "3",
        *LOOK,
    )
    done = harness("run", *command, "--json", "-", **{name: value})
    assert done.returncode == 0, done.stderr
    on = file.with_name("on.txt")
    found = json.loads(done.stdout)
    warned = [warning for group in found["groups"] for row in group["rows"] for warning in row["warnings"]]
    spoken = json.dumps([found["disturbances"], warned])
    found_on = on.read_text() if on.exists() else ""
    assert not found_on or any(word in spoken for word in (name, "debug", "trac", "profil")), found_on


def test_gevents_other_loop_is_said(harness: Run) -> None:
    assert told(table(harness, GEVENT_LOOP="libuv"), "libuv", "GEVENT_LOOP")


@pytest.mark.parametrize("setting", ["PYTHONMALLOC=debug", "MALLOC_ARENA_MAX=1"])
def test_an_allocator_chosen_by_the_shell_is_recorded(harness: Run, tmp_path: Path, setting: str) -> None:
    name, _, value = setting.partition("=")
    table(harness, **{name: value})
    (record,) = (tmp_path / "results").iterdir()
    assert name in record.read_text()


def test_two_runs_from_different_shells_are_not_compared_without_a_word(harness: Run, tmp_path: Path) -> None:
    for number, environment in enumerate(({}, {"GEVENT_LOOP": "libuv"})):
        harness(*SLEEP, "--name", f"run{number}", **environment)
    done = harness("compare", "run0", "run1")
    assert "GEVENT_LOOP" in done.stdout + done.stderr or "libuv" in done.stdout + done.stderr


@pytest.mark.parametrize("name", [b"n\xe9.py", "läuft ✓.py".encode()])
def test_a_path_that_is_no_utf8_is_a_path(tmp_path: Path, name: bytes) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(folder)
    with open(folder + b"/" + name, "w") as file:
        file.write("import time\n\n\ndef task(index):\n    time.sleep(0.001)\n")
    command = [sys.executable, "-m", "harness", "run", "-q", "-s", "threads", "--tasks", "2", *LOOK, "-W"]
    done = subprocess.run([*command, b"./" + name + b":task"], cwd=folder, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([sys.executable, "-m", "harness", "show"], cwd=folder, capture_output=True, timeout=60)
    assert shown.returncode == 0, shown.stderr


def test_a_record_that_could_not_be_begun_is_not_the_latest(harness: Run, tmp_path: Path) -> None:
    assert harness(*SLEEP).returncode == 0
    (tmp_path / "file").write_text("")
    assert harness(*SLEEP, "--results", "file").returncode == 5
    with_surrogate = harness(*SLEEP, "--name", os.fsdecode(b"caf\xe9"))
    assert "our own bug" not in with_surrogate.stderr
    assert harness("show").returncode == 0
    assert all(path.stat().st_size for path in (tmp_path / "results").iterdir())


def test_nice_and_a_mask_of_processors_are_recorded(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "harness", "run", "-q", "-s", "threads", "-W", "noop", "--tasks", "3", *LOOK]
    narrow = ["nice", "-n", "5", "taskset", "-c", str(min(os.sched_getaffinity(0)))]
    done = subprocess.run([*narrow, *run], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    (record,) = (tmp_path / "results").iterdir()
    shell = json.loads(record.read_text().splitlines()[0])["host"]["shell"]
    assert (shell["nice"], len(shell["cpus"])) == (5, 1)
