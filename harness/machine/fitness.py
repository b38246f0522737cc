"""Whether a machine can measure, and how well: what was looked at, what was found, what to change."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec

from harness.errors import StoreError
from harness.machine.host import text
from harness.machine.limits import OF_WORKER, OURS, SPARE, Limits, free_memory
from harness.record.store import check_folder
from harness.strategies import BUILT_IN, ON_REQUEST

Fit = Literal["good", "poor", "bad"]
"""How well it can measure: as it should, with numbers that are worth less, or not at all."""
WORKERS = len(BUILT_IN) - len(ON_REQUEST) + 1
"""Side by side where nobody names a strategy: one each, and the second one of the null arm."""
FEWEST = 3
"""Of two strategies."""
MEMORY_OF_WORKER, ROOM = 64 << 20, 16 << 20
"""Bytes: of a worker before its tasks take any, and of a temporary folder."""
UNSTEADY, HOPELESS = 0.5, 1.0
"""How much longer than the quickest the slowest, and the middle one of equal loops may take."""
NETWORK = {
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "beegfs", "fuse.sshfs", "fuse.glusterfs",
}  # fmt: skip
VOLATILE = {"tmpfs", "ramfs"}
PROC = ("/proc/self/status", "/proc/self/task", "/proc/stat", "/proc/self/clear_refs")
PR_GET_CHILD_SUBREAPER = 37


class Check(msgspec.Struct, frozen=True):
    """A look at one thing."""

    about: str
    fit: Fit
    found: str
    change: str = ""
    """What makes it good, where it is not."""


def overall(checks: Iterable[Check]) -> Fit:
    """The worst of them."""
    found = {check.fit for check in checks}
    return "bad" if "bad" in found else "poor" if "poor" in found else "good"


def checks(results: Path, allowed: Limits, loops: Sequence[float]) -> list[Check]:
    """Everything that can be looked at without measuring. `results`: the folder of the records; `loops`: seconds that
    equal loops took."""
    found = [
        calls(), kernel_files(), descriptors(allowed), threads(allowed), cores(), memory(), records(results),
        temporary_folder(), interpreter(), load(), steadiness(loops), frequency(),
    ]  # fmt: skip
    return [msgspec.structs.replace(one, change="") if one.fit == "good" else one for one in found]


def calls() -> Check:
    """The system calls that nothing can take the place of."""
    refused = []
    for name, call in CALLS.items():
        try:
            call()
        except OSError as error:
            refused.append(f"{name}: {error.strerror}")
    change = "use Linux 5.3 or newer, in a container whose filter (seccomp) lets them pass"
    return Check("system calls", "bad" if refused else "good", ", ".join(refused or CALLS), change)


def _prctl() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(ctypes.c_int()), 0, 0, 0):
        raise OSError(number := ctypes.get_errno(), os.strerror(number))


CALLS: dict[str, Callable[[], object]] = {
    "pidfd_open": lambda: os.close(os.pidfd_open(os.getpid())),
    "prctl": _prctl,
    "sched_setaffinity": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
}


def kernel_files() -> Check:
    """What the kernel tells of processes."""
    missing = [path for path in PROC if not os.access(path, os.W_OK if path.endswith("clear_refs") else os.R_OK)]
    found = f"{', '.join(missing)}: not to be had" if missing else "it is there"
    return Check("/proc", "bad" if missing else "good", found, "mount it (mount -t proc proc /proc)")


def descriptors(allowed: Limits) -> Check:
    """Those that we hold ourselves."""
    needed, least = (OURS + OF_WORKER * workers for workers in (WORKERS, FEWEST))
    change = f"raise it to {needed:,} (ulimit -n) for all usual strategies side by side"
    return Check("file descriptors", *_least(allowed.descriptors, least, needed), change)


def threads(allowed: Limits) -> Check:
    """Those that tasks may have."""
    change = "raise it (ulimit -u, pids.max of the container): a task under `threads` is one"
    return Check("threads", *_least(allowed.threads, SPARE, 10 * SPARE), change)


def _least(found: int, least: int, enough: int) -> tuple[Fit, str]:
    return "bad" if found < least else "poor" if found < enough else "good", f"the limit is {found:,}"


def cores() -> Check:
    """Those that we may use, and for how much of the time."""
    number, share = len(os.sched_getaffinity(0)), quota()
    if share is not None and share < number:
        held = f"{share:.2g} of {number} cores may be used at a time: what needs more is held back"
        return Check("cores", "poor", held, "give the container whole cores (cpuset) in place of a share (cpu.max)")
    change = "give it two (taskset, the container's cpus): a worker and what is at its other end take turns on one"
    return Check("cores", "poor" if number < 2 else "good", f"{number}", change)


def quota() -> float | None:
    """How many cores a cgroup may use on average; None where it is not limited."""
    words = text("/sys/fs/cgroup/cpu.max").split() or [
        *text("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").split(), *text("/sys/fs/cgroup/cpu/cpu.cfs_period_us").split()
    ]  # fmt: skip
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0].isdigit() else None


def memory() -> Check:
    """What is free for workers."""
    if (free := free_memory()) is None:
        return Check("memory", "good", "the kernel does not say how much is free")
    fit, _ = _least(free, FEWEST * MEMORY_OF_WORKER, WORKERS * MEMORY_OF_WORKER)
    return Check("memory", fit, f"{free >> 20:,} MiB are free", "end some programs, or name few strategies")


def records(folder: Path) -> Check:
    """Where records go."""
    try:
        check_folder(folder)
    except StoreError as error:
        return Check("results", "bad", str(error))
    kind, change = file_system(folder), "--results names a folder on a disk of this machine"
    if kind in NETWORK:
        return Check("results", "poor", f"{folder} is on {kind}: whether it keeps what it says is not known", change)
    if kind in VOLATILE:
        return Check("results", "poor", f"{folder} is in memory ({kind}): a power loss takes all of it", change)
    return Check("results", "good", f"{folder} can be written to")


def file_system(folder: Path) -> str:
    """What kind of file system a folder is on, or will be; nothing where the kernel does not say."""
    here, found, kind = os.path.realpath(folder), "", ""
    for line in text("/proc/self/mounts").splitlines():
        place, its_kind = line.split()[1:3]
        place = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), place)
        if f"{here}/".startswith(f"{place.rstrip('/')}/") and len(place) >= len(found):
            found, kind = place, its_kind
    return kind


def temporary_folder() -> Check:
    """Where certificates and what is seen of a round go meanwhile."""
    change = f"TMPDIR names one with {ROOM >> 20} MiB"
    try:
        free = shutil.disk_usage(tempfile.gettempdir()).free
    except OSError as error:
        return Check("temporary folder", "bad", error.strerror or str(error), change)
    return Check("temporary folder", "bad" if free < ROOM else "good", f"{free >> 20:,} MiB are free", change)


def interpreter() -> Check:
    """The Python that workers are started with."""
    if sysconfig.get_config_var("Py_DEBUG"):
        return Check("Python", "poor", "it is a debug build: all takes several times as long", "use another")
    return Check("Python", "good", "it is a release build")


def load() -> Check:
    """What else runs."""
    number, found = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    said = f"{found:.2g} processes wanted {number} cores in the last minute"
    return Check("load", "poor" if found > number / 2 else "good", said, "end what else runs, or wait for its end")


def steadiness(loops: Sequence[float]) -> Check:
    """Whether the same takes as long each time."""
    slowest, middle = (value / min(loops) - 1 for value in (max(loops), median(loops)))
    fit: Fit = "bad" if middle > HOPELESS else "poor" if slowest > UNSTEADY else "good"
    said = f"of equal loops the slowest took {slowest:.0%}, the middle one {middle:.0%} more than the quickest"
    return Check("noise", fit, said, "measure on a quieter machine; `harness calibrate` says what this one tells apart")


def frequency() -> Check:
    """Whether the processor changes its speed by itself."""
    paths = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_governor")
    found = sorted({text(str(path)).strip() for path in paths} - {""})
    said, change = ", ".join(found) or "the kernel does not say", "cpupower frequency-set -g performance"
    return Check("frequency", "poor" if set(found) - {"performance"} else "good", said, change)
