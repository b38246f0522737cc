"""C of ours: compiled when it is first needed, kept in the user's cache as a shared library.

Its name there is of what it was made from (its source, the compiler, and what else it depends on): whatever changes
makes another."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.machine import cache

SECONDS = 60.0
NAMES = ("cc", "gcc", "clang")


def library(
    source: Path, what: str, try_it: Callable[[Path], object], options: Sequence[str] = (), depends: Sequence[str] = ()
) -> Path:
    """The library of a source. `what` is its name in errors, `try_it` raises HarnessError where it is of no use here,
    `depends` is what that depends on. Raises HarnessError where there is no compiler, where it fails, and where the
    cache cannot be written."""
    compiler = next(filter(None, map(shutil.which, NAMES)), None)
    if compiler is None:
        raise HarnessError(f"there is no C compiler for {what} (apt-get install gcc libc6-dev)")
    made_of = [source.read_text(), said([compiler, "--version"]), *options, *depends]
    path = cache.folder() / "plugins" / f"{hashlib.sha256(chr(0).join(made_of).encode()).hexdigest()[:16]}.so"
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:  # others may be doing the same
            made = Path(folder) / path.name
            said([compiler, *options, "-O2", "-shared", "-fPIC", str(source), "-o", str(made)])
            try_it(made)
            made.replace(path)
    except OSError as error:
        raise HarnessError(f"{what} cannot be kept: {error} (HARNESS_CACHE names a folder)") from None
    return path


def said(command: Sequence[str], **environment: str) -> str:
    """What a command prints. Raises HarnessError where it fails, with its first line."""
    about = os.environ | environment
    try:
        done = subprocess.run(command, env=about, capture_output=True, text=True, timeout=SECONDS, errors="replace")
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HarnessError(f"{command[0]} failed: {error}") from None
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()[:1] or [f"status {done.returncode}"]
        raise HarnessError(f"{command[0]} failed: {why[0]}")
    return done.stdout
