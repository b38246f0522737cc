"""One promise of a contract, and how what makes it is found and started."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import harness

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(harness.__file__)))
PATIENCE = 40.0
"""Seconds that one promise, or the start of a process, may take."""


class Promise:
    """One promise of a contract, made by one class."""

    def __init__(self, name: str, keep: Callable[[], None]) -> None:
        self.name, self.keep = name, keep
        """`keep` raises AssertionError where the promise is broken, and unittest.SkipTest where it says nothing about
        this class."""

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def load(target: str) -> Any:
    """What a target names: "module:Class" or "path/file.py:Class". Raises ValueError, and what the import raises."""
    place, colon, name = target.rpartition(":")
    if not (colon and place):
        raise ValueError(f"{target!r}: write module:Class or path/file.py:Class")
    if not place.endswith(".py"):
        return getattr(importlib.import_module(place), name)
    path = os.path.abspath(place)
    if os.path.dirname(path) not in sys.path:
        sys.path.append(os.path.dirname(path))  # its neighbours can be imported
    spec = importlib.util.spec_from_file_location(f"checked {path}", path)
    assert spec is not None
    assert spec.loader is not None
    if spec.name not in sys.modules:
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[spec.name]
            raise
    return getattr(sys.modules[spec.name], name)


def started(first: str, program: str, **streams: Any) -> subprocess.Popen[str]:
    """A fresh interpreter that runs `first` before it imports anything, and then `program`: with our package from where
    this process has it, and everything else from where this process would import it."""
    boot = f"import sys; sys.path.insert(0, {ROOT!r}); import harness; sys.path[:] = {sys.path!r}; "
    return subprocess.Popen([sys.executable, "-P", "-c", f"{boot}{first}; {program}"], text=True, **streams)
