"""The plug-in with which qemu-user counts instructions, for each QEMU and compiler one of its own."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from pathlib import Path

from harness.errors import HarnessError
from harness.process import compiled

SOURCE = Path(__file__).with_name("plugin.c")
PROCESSORS = {"x86_64", "aarch64", "riscv64", "ppc64le", "s390x"}
"""Those of 64 bits that both CPython and qemu-user are packaged for, named alike by uname(2) and by QEMU."""
APIS = {7: 1, 8: 1, 9: 2, 10: 2}
"""The version of the plug-in API to ask for, by QEMU's: what the plug-in uses is the same in both."""


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
    version = compiled.said([qemu, "--version"])
    api = APIS.get(_major(version))
    if api is None:
        known = f"{min(APIS)} to {max(APIS)}"
        raise HarnessError(f"{version.splitlines()[0]!r} is not known: its versions {known} are")

    def runs_our_python(made: Path) -> None:
        compiled.said([qemu, "-plugin", option(made, os.devnull), sys.executable, "-I", "-S", "-c", "pass"])

    depends = (os.path.realpath(qemu), version)
    return compiled.library(SOURCE, "the plug-in of qemu-user", runs_our_python, [f"-DAPI={api}"], depends)


def option(path: Path, out: str) -> str:
    """The `-plugin` of a run that writes its counts to a file. QEMU wants commas in names twice."""
    file, out = (name.replace(",", ",,") for name in (str(path), out))
    return f"file={file},out={out}"


def _major(version: str) -> int:
    found = re.search(r"version (\d+)\.", version)
    return int(found[1]) if found else 0
