"""Whether something of the user's hides our package, or a library that it needs. Imports nothing of ours."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = next(folder for folder in (HERE.parent / "harness", HERE.parents[1]) if (folder / "pytest_plugin").is_dir())
"""Beside us where we are installed, and round us in the project's own tree."""
LIBRARIES = ("msgspec", "psutil", "packaging")
"""What a run in the process of the tests needs."""


def hidden() -> str | None:
    """What hides our package or a library of ours, and what to do; None where nothing does."""
    for name in ("harness", *LIBRARIES):
        place = os.path.realpath(_place(name) or OURS)
        ours = place == str(OURS) if name == "harness" else _is_installed(place)
        if not ours:
            what = "the package" if name == "harness" else "a library"
            return (
                f"harness: {place} hides {what} of harness_benchmark, which is off: rename it, or keep the folder that "
                "it is in off the import path (`pytest` for `python -m pytest`, --import-mode=importlib)"
            )
    return None


def _is_installed(place: str) -> bool:
    """Whether a module is where libraries are, or where it is nobody's test that has it."""
    return "-packages" in place or not place.startswith(f"{os.getcwd()}{os.sep}")


def _place(name: str) -> str | None:
    """The folder or file that an import of this name means at this moment."""
    try:
        found = getattr(sys.modules.get(name), "__spec__", None) or find_spec(name)
    except (ImportError, ValueError):
        return None
    folders = list(getattr(found, "submodule_search_locations", None) or [])
    return folders[0] if folders else getattr(found, "origin", None)
