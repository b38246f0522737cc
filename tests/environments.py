"""Environments as users have them: our wheel, and projects of theirs, built and installed without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.builders import Finished


def ended_well(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(tree: Path, to: Path, *targets: str) -> Path:
    """Build a project, without a network, into a folder."""
    words = [word for target in targets for word in ("-t", target)]
    ended_well(sys.executable, "-m", "hatchling", "build", *words, "-d", to, folder=tree)
    return to


class Environment:
    """An interpreter with packages of its own; libraries are those of the tests' environment."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        ended_well(sys.executable, "-m", "venv", "--without-pip", "--symlinks", folder)
        (self.site,) = folder.glob("lib/python*/site-packages")
        (self.site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def install(self, *places: Path) -> None:
        """Install wheels or projects, and no dependency."""
        self._uv("install", "--offline", "--no-deps", "--no-build-isolation", "--reinstall", *places)

    def remove(self, name: str) -> None:
        self._uv("uninstall", name)

    def _uv(self, what: str, *words: str | Path) -> None:
        ended_well(sys.executable, "-m", "uv", "pip", what, "--quiet", "--python", self.bin / "python", *words)

    def run(self, folder: Path, program: str, *arguments: str, **variables: str) -> Finished:
        """Run one of its programs in a folder."""
        command, about = [self.bin / program, *arguments], os.environ | variables
        return subprocess.run(command, cwd=folder, env=about, capture_output=True, text=True, timeout=120)
