"""A git repository of a user's."""

from __future__ import annotations

import subprocess
from pathlib import Path

JOB = "def task(index):\n    return sum(range({}))\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()
