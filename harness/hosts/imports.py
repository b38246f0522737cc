"""What is imported here from somebody's folder, wherever the program is started: hosts need it, or they would import
what is installed there under its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path

from harness.errors import HarnessError
from harness.hosts import boot
from harness.process import paths
from harness.variants import git


def folders() -> list[str]:
    """Those of `PYTHONPATH`, of `.pth` files, and of the hooks of editables. Raises HarnessError where one cannot be
    sent."""
    started = {os.getcwd(), os.path.dirname(os.path.abspath(sys.argv[0]))} - set(_named())  # maybe all of a home
    found = [one for one in paths.of_asker() if one not in started and not git.is_installed(Path(one))]
    for one in found:
        if not os.path.isdir(one):
            raise HarnessError(f"--on: {one}, which imports look into, is no folder, so that it is not sent: unpack it")
    for distribution in filter(_is_hooked, distributions()):
        found += _hooked(distribution, found)
    return list(dict.fromkeys(found))


def _named() -> Iterator[str]:
    """The folders that `PYTHONPATH` and `.pth` files name, from the root."""
    yield from filter(os.path.isabs, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    for folder in (Path(one) for one in sys.path if git.is_installed(Path(one))):
        for file in folder.glob("*.pth"):
            lines = file.read_text(errors="replace").splitlines()
            yield from (os.path.abspath(folder / line.strip()) for line in lines if line.strip())


def _is_hooked(one: Distribution) -> bool:
    """Whether a distribution is an editable for which code is run as Python starts."""
    if boot.name_of(one) in ("", boot.OURS) or boot.version(one) is not None:
        return False
    files = [Path(str(file.locate())) for file in one.files or () if file.suffix == ".pth"]
    lines = (line for file in files if file.is_file() for line in file.read_text(errors="replace").splitlines())
    return any(line.startswith(("import ", "import\t")) for line in lines)


def _hooked(one: Distribution, known: list[str]) -> Iterator[str]:
    """The folders where an editable's modules lie that are in none that is known."""
    names = one.read_text("top_level.txt")  # of setuptools; hooks of other builders may build before they import
    for name in ["?"] if names is None else names.split():
        if PathFinder.find_spec(name, known):
            continue
        spec = None if names is None else find_spec(name)
        places = [spec.origin, *(spec.submodule_search_locations or [])] if spec else []
        found = [
            os.path.split(place.removesuffix("/__init__.py")) for place in places if place and os.path.exists(place)
        ]
        if not found or any(its.partition(".")[0] != name for _, its in found):
            raise HarnessError(
                f"--on: {boot.name_of(one)} is an editable that a hook imports, which hosts do not have: "
                "install it without -e"
            )
        yield from (folder for folder, _ in found if not paths.installed(os.path.realpath(folder)))
