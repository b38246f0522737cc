"""The worker's side of a variant that is a folder: its code in place of the working tree's, and a proof of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

INSTALLED = ("site-packages", "dist-packages")
LIBRARY = f"python{sys.version_info[0]}.{sys.version_info[1]}"
INTERPRETER = (
    os.path.dirname(os.path.realpath(os.__file__)),
    os.path.realpath(os.path.join(sys.base_prefix, sys.platlibdir, LIBRARY)),
)
"""Where the standard library lies. (The prefix is too much: a user's code may be in /usr/src.)"""
OURS = "harness"


def move(folder: dict[str, str] | None) -> None:
    """Have imports look into the folder (`root`) wherever they would have looked into the one that it stands for
    (`instead_of`): an editable install names that one."""
    if folder:
        sys.path[:] = [moved(place, folder) for place in sys.path]


def moved(place: str, folder: dict[str, str]) -> str:
    """A place as it is in the folder; one that is installed, or already there, stays."""
    real = os.path.realpath(place)
    if not place or owns(folder, real) or not within(real, folder["instead_of"]) or is_installed(real):
        return place
    return folder["root"] + real[len(folder["instead_of"]) :]


def owns(folder: dict[str, str], real: str) -> bool:
    """Whether a place is in the folder; either of the two may lie within the other: the inner one has what is in it."""
    root, other = folder["root"], folder["instead_of"]
    outer = root != other and within(other, root)
    return within(real, root) and not (outer and within(real, other))


def loaded(folder: dict[str, str] | None, targets: Sequence[str] = ()) -> dict[str, Any]:
    """How many modules came from the folder, and one, with its file, that came from elsewhere though the folder has it:
    from what it stands for, or from where it is installed. The files of targets may be links that lead out of it."""
    if not folder:
        return {}
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    real = {name: os.path.realpath(file) for name, file in files.items() if isinstance(file, str)}
    links = {found for target in targets if (found := linked(target.rpartition(":")[0], folder))}
    own = {name for name, file in real.items() if (owns(folder, file) or file in links) and not is_installed(file)}
    strange = sorted(
        (name, file)
        for name, file in real.items()
        if name not in own
        and (twice(name, file, folder["root"]) if is_installed(file) else within(file, folder["instead_of"]))
    )
    return {"own_modules": len(own), "strange_module": f"{strange[0][0]} ({strange[0][1]})" if strange else None}


def linked(place: str, folder: dict[str, str]) -> str | None:
    """The file that one of the folder leads to, where that is another than the one that it stands for leads to."""
    if not within(place, folder["root"]):
        return None
    real, other = os.path.realpath(place), folder["instead_of"] + place[len(folder["root"]) :]
    return real if folder["root"] == folder["instead_of"] or real != os.path.realpath(other) else None


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
    return any(f"/{name}/" in f"{place}/" for name in INSTALLED) or any(within(place, folder) for folder in INTERPRETER)
