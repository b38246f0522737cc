"""The allocator of processes whose instructions are counted (allocator.c): preloaded into them in place of the
system's, which Python then asks for all that it allocates."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from harness.errors import HarnessError
from harness.process import compiled

SOURCE = Path(__file__).with_name("allocator.c")
OPTIONS = ("-fno-builtin",)
"""A compiler that knows malloc and memset makes a call of calloc of the two: within calloc."""


@functools.cache
def built() -> Path:
    """The library. Raises HarnessError where it cannot be had, or not be preloaded from its place."""
    made = compiled.library(SOURCE, "the allocator of counted processes", _runs_our_python, OPTIONS)
    if re.search(r"[\s:,]", str(made)):
        raise HarnessError(f"a library in {made.parent} cannot be preloaded (HARNESS_CACHE names another folder)")
    return made


def lacking() -> str | None:
    """Why the system's has to do; None where it need not."""
    try:
        built()
    except HarnessError as error:
        return str(error)
    return None


def environment(path: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What has a process allocate by it, before what else it is told to preload."""
    return {"LD_PRELOAD": ":".join(filter(None, (str(path), environ.get("LD_PRELOAD")))), "PYTHONMALLOC": "malloc"}


def _runs_our_python(made: Path) -> None:
    compiled.said([sys.executable, "-I", "-S", "-c", "pass"], **environment(made))
