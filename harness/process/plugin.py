"""The plug-in with which qemu-user counts instructions: compiled when it is first needed, kept in the user's cache.

Its name is of what it was made from (its source, QEMU, the compiler): whatever changes makes another."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.machine import cache

SOURCE = Path(__file__).with_name("plugin.c")
PROCESSORS = {"x86_64", "aarch64", "riscv64", "ppc64le", "s390x"}
"""Those of 64 bits that both CPython and qemu-user are packaged for, named alike by uname(2) and by QEMU."""
APIS = {7: 1, 8: 1, 9: 2, 10: 2}
"""The version of the plug-in API to ask for, by QEMU's: what the plug-in uses is the same in both."""
SECONDS = 60.0


def qemu() -> str:
    """The path of the qemu-user for this processor. Raises HarnessError where there is none."""
    machine = platform.machine()
    if machine not in PROCESSORS:
        raise HarnessError(f"qemu-user is not used on a processor {machine}")
    if found := shutil.which(f"qemu-{machine}"):
        return found
    raise HarnessError("qemu-user is not installed (apt-get install qemu-user)")


def built(qemu: str) -> Path:
    """The plug-in for this qemu-user. Raises HarnessError where there is no compiler, where QEMU is of a version that
    nobody has tried, or has no plug-ins, and where the cache cannot be written."""
    version = _said([qemu, "--version"])
    api = APIS.get(_major(version))
    if api is None:
        known = f"{min(APIS)} to {max(APIS)}"
        raise HarnessError(f"{version.splitlines()[0]!r} is not known: its versions {known} are")
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise HarnessError("there is no C compiler for the plug-in of qemu-user (apt-get install gcc libc6-dev)")
    made_of = [SOURCE.read_text(), os.path.realpath(qemu), version, _said([compiler, "--version"]), str(api)]
    name = hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:16]
    path = cache.folder() / "plugins" / f"{name}.so"
    if not path.exists():
        _compile(qemu, compiler, api, path)
    return path


def option(path: Path, out: str) -> str:
    """The `-plugin` of a run that writes its counts to a file. QEMU wants commas in names twice."""
    file, out = (name.replace(",", ",,") for name in (str(path), out))
    return f"file={file},out={out}"


def _major(version: str) -> int:
    found = re.search(r"version (\d+)\.", version)
    return int(found[1]) if found else 0


def _compile(qemu: str, compiler: str, api: int, path: Path) -> None:
    """Compile it beside its place, see that this QEMU takes it and runs our Python, and put it there in one step:
    others may be doing the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            _said([compiler, f"-DAPI={api}", "-O2", "-shared", "-fPIC", str(SOURCE), "-o", str(made)])
            _said([qemu, "-plugin", option(made, os.devnull), sys.executable, "-I", "-S", "-c", "pass"])
            made.replace(path)
    except OSError as error:
        raise HarnessError(f"the plug-in of qemu-user cannot be kept: {error} (HARNESS_CACHE names a folder)") from None


def _said(command: Sequence[str]) -> str:
    """What a command prints. Raises HarnessError where it fails, with its first line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HarnessError(f"{command[0]} failed: {error}") from None
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()[:1] or [f"status {done.returncode}"]
        raise HarnessError(f"{command[0]} failed: {why[0]}")
    return done.stdout
