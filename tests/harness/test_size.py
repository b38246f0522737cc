"""What `pip install` without extras puts on a disk, from what the installed packages say of themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LIMIT = 150_000_000


def closure(wanted: Iterable[Requirement], found: set[str]) -> set[str]:
    """The names of some requirements that apply here, and of all that they require."""
    for one in wanted:
        name = canonicalize_name(one.name)
        if name not in found and (not one.marker or one.marker.evaluate({"extra": ""})):
            found.add(name)
            closure(map(Requirement, distribution(name).requires or []), found)
    return found


def size(name: str) -> int:
    """Bytes of a package's files; its sources count twice, since their bytecode is about as large."""
    files = [file for file in distribution(name).files or [] if file.suffix != ".pyc"]
    return sum((file.size or 0) * (2 if file.suffix == ".py" else 1) for file in files)


def test_the_base_install_is_smaller_than_150_mb() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = closure(map(Requirement, project["dependencies"]), set())
    sizes = {name: size(name) for name in sorted(base, key=size, reverse=True)}
    assert {"click", "gevent", "zope-event"} <= sizes.keys(), "the last is what gevent requires"
    assert all(sizes.values())
    assert sum(sizes.values()) < LIMIT, sizes
