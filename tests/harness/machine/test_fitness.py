"""Whether a machine can measure: what is looked at, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from harness.machine import fitness, limits
from harness.machine.limits import Limits

ROOMY = Limits(1 << 20, 1 << 20, 1 << 20)
STEADY = [0.003] * 20


def looked(folder: Path, allowed: Limits = ROOMY, loops: list[float] = STEADY) -> dict[str, tuple[str, str]]:
    """What is not good, by what it is about: how it is, and what is said."""
    found = fitness.checks(folder / "results", allowed, loops)
    assert all(bool(one.change) != (one.fit == "good") for one in found if one.about != "results")
    return {one.about: (one.fit, f"{one.found}; {one.change}") for one in found if one.fit != "good"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine with which nothing is wrong, as far as the kernel tells: files by their paths."""
    files = {"/proc/meminfo": "MemAvailable:   23851628 kB\n", "/proc/self/cgroup": "0::/job\n"}
    for module in (fitness, limits):
        monkeypatch.setattr(module, "text", lambda path: files.get(str(path), ""))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cores: None)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.5, 0.5))
    return files


def test_a_machine_with_which_nothing_is_wrong(machine: dict[str, str], tmp_path: Path) -> None:
    assert looked(tmp_path) == {}
    assert fitness.overall([]) == "good"


@pytest.mark.parametrize(
    ("path", "content", "about", "fit", "text"),
    [
        ("/proc/meminfo", "MemAvailable: 300000 kB\n", "memory", "poor", "292 MiB are free; end some programs"),
        ("/proc/meminfo", "MemAvailable: 100000 kB\n", "memory", "bad", "97 MiB are free"),
        ("/sys/fs/cgroup/job/memory.max", "104857600", "memory", "bad", "100 MiB are free"),
        ("/sys/fs/cgroup/cpu.max", "50000 100000\n", "cores", "poor", "0.5 of 4 cores may be used"),
        ("/proc/self/mounts", "x / ext4 rw\nhost:/x TMP nfs4 rw\n", "results", "poor", "is on nfs4: whether it keeps"),
        ("/proc/self/mounts", "x / ext4 rw\ny TMP tmpfs rw\n", "results", "poor", "is in memory (tmpfs)"),
    ],
)
def test_what_the_kernel_tells(
    machine: dict[str, str], tmp_path: Path, path: str, content: str, about: str, fit: str, text: str
) -> None:
    machine[path] = content.replace("TMP", str(tmp_path).replace(" ", r"\040"))
    (found,) = looked(tmp_path).items()
    assert (found[0], found[1][0]) == (about, fit)
    assert text in found[1][1]


@pytest.mark.parametrize(
    ("changed", "about", "fit", "text"),
    [
        (
            {"allowed": Limits(60, 1 << 20, 9)},
            "file descriptors",
            "poor",
            "the limit is 60; raise it to 65 (ulimit -n)",
        ),
        ({"allowed": Limits(20, 1 << 20, 9)}, "file descriptors", "bad", "the limit is 20"),
        ({"allowed": Limits(1 << 20, 40, 9)}, "threads", "bad", "the limit is 40; raise it (ulimit -u"),
        ({"loops": [0.003] * 19 + [0.006]}, "noise", "poor", "the slowest took 100%, the middle one 0% more"),
        ({"loops": [0.003] + [0.007] * 19}, "noise", "bad", "the middle one 133% more than the quickest; measure on"),
    ],
)
@pytest.mark.usefixtures("machine")
def test_limits_and_noise(tmp_path: Path, changed: dict[str, Any], about: str, fit: str, text: str) -> None:
    (found,) = looked(tmp_path, **changed).items()
    assert (found[0], found[1][0]) == (about, fit)
    assert text in found[1][1]


@pytest.mark.usefixtures("machine")
def test_calls_and_folders_that_are_not_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int) -> int:
        raise OSError(38, os.strerror(38))

    monkeypatch.setattr(os, "pidfd_open", refused)
    monkeypatch.setattr(os, "getloadavg", lambda: (3.0, 0.5, 0.5))
    monkeypatch.setattr(fitness.tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    (tmp_path / "results").write_text("")
    found = looked(tmp_path)
    assert {about: fit for about, (fit, _) in found.items()} == {
        "system calls": "bad", "results": "bad", "temporary folder": "bad", "load": "poor",
    }  # fmt: skip
    assert found["system calls"][1].startswith("pidfd_open: Function not implemented; use Linux 5.3 or newer")
    assert "results cannot be stored in" in found["results"][1]
    assert "TMPDIR names one" in found["temporary folder"][1]
