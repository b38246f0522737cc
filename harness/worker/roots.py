"""The worker's side of a variant that is a folder: its code in place of the working tree's, and a proof of it."""

from __future__ import annotations

import os
import sys
from typing import Any

INSTALLED = ("site-packages", "dist-packages")
OURS = "harness"


def move(folder: dict[str, str] | None) -> None:
    """Have imports look into the folder (`root`) wherever they would have looked into the one that it stands for
    (`instead_of`): an editable install names that one."""
    if folder:
        sys.path[:] = [moved(place, folder) for place in sys.path]


def moved(place: str, folder: dict[str, str]) -> str:
    """A place as it is in the folder; one that is installed, or already there, stays."""
    real = os.path.realpath(place)
    if not place or within(real, folder["root"]) or not within(real, folder["instead_of"]) or is_installed(real):
        return place
    return folder["root"] + real[len(folder["instead_of"]) :]


def loaded(folder: dict[str, str] | None) -> dict[str, Any]:
    """How many modules came from the folder, and one, with its file, that came from elsewhere though the folder has it:
    from what it stands for, or from where it is installed."""
    if not folder:
        return {}
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    real = {name: os.path.realpath(file) for name, file in files.items() if isinstance(file, str)}
    own = {name for name, file in real.items() if within(file, folder["root"]) and not is_installed(file)}
    strange = sorted(
        (name, file)
        for name, file in real.items()
        if name not in own
        and (twice(name, file, folder["root"]) if is_installed(file) else within(file, folder["instead_of"]))
    )
    return {"own_modules": len(own), "strange_module": f"{strange[0][0]} ({strange[0][1]})" if strange else None}


def twice(name: str, file: str, folder: str) -> bool:
    """Whether a module that is installed beside the libraries is also in a folder, or in its src."""
    top = name.partition(".")[0]
    if top == OURS or not any(f"/{installed}/" in file for installed in INSTALLED):
        return False
    places = (f"{folder}{src}/{top}{end}" for src in ("", "/src") for end in (".py", "/__init__.py"))
    return any(os.path.isfile(place) for place in places)


def within(place: str, folder: str) -> bool:
    """Whether a place lies in a folder."""
    return f"{place}/".startswith(f"{folder}/")


def is_installed(place: str) -> bool:
    """Whether it is of an environment or an interpreter, wherever that lies."""
    return any(f"/{name}/" in f"{place}/" for name in INSTALLED) or within(place, os.path.realpath(sys.base_prefix))
