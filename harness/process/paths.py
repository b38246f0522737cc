"""Where whoever asked imports from, beside what is installed: a child of ours looks there for what is the user's."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence

INSTALLED = tuple(
    os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
)


def of_asker(path: Sequence[str] | None = None) -> list[str]:
    """The folders of a `sys.path` (ours) that a fresh interpreter would not have by itself."""
    found = [os.path.abspath(one) for one in (sys.path if path is None else path)]
    return [one for one in dict.fromkeys(found) if not installed(os.path.realpath(one)) and os.path.exists(one)]


def installed(place: str) -> bool:
    """Whether a folder is the interpreter's, an environment's, or the folder of its scripts."""
    archive = os.path.join(os.path.dirname(INSTALLED[0]), f"python{sys.version_info[0]}{sys.version_info[1]}.zip")
    inside = any(place.startswith(one + os.sep) for one in INSTALLED)
    return inside or place in (*INSTALLED, archive) or os.path.basename(place) in ("site-packages", "dist-packages")
