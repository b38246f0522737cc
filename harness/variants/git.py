"""The user's git repository: the commit that is checked out, and worktrees of others."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import HarnessError
from harness.record.sample import Commit

SECONDS = 600.0
INSTALLED = {"site-packages", "dist-packages", "__pypackages__", "node_modules", ".tox", ".nox", ".eggs"}
"""Folders whose content was installed."""


def commit() -> Commit | None:
    """What is checked out in this folder; None where that is no repository, one without a commit, or where nobody can
    say when that was made."""
    try:
        said = _git("log", "-1", "--no-show-signature", "--format=%H %cI %ct")
    except HarnessError:
        return None
    if not said:
        return None
    revision, *time = said.split()
    if not (when := _moment(*time)):
        return None
    return Commit(revision, when, _git("branch", "--show-current") or None, _changed())


def _moment(said: str = "", seconds: str = "") -> datetime | None:
    """A committer's time; that of UTC where the zone is none. Whoever makes a commit may write any."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(said)
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(int(seconds), UTC)
    return None


def _changed() -> int:
    """How many files differ from the commit, and Python files that are in none and that somebody here wrote."""
    files = (_git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all") or "").split("\0")
    changed = sum(bool(file) and not file.startswith("??") for file in files)
    untracked = [file[3:] for file in files if file.startswith("??") and file.endswith(".py")]
    if untracked:
        top_folder = Path(top() or ".")
        installed = functools.cache(lambda folder: is_installed(top_folder / folder))
        changed += sum(not any(map(installed, Path(file).parents[:-1])) for file in untracked)
    return changed


def is_installed(folder: Path) -> bool:
    """Whether a folder is an environment, or holds what some package manager put there: nobody's own code."""
    return (
        folder.name in INSTALLED
        or (folder / "pyvenv.cfg").exists()
        or (folder / "conda-meta").is_dir()
        or any(folder.glob("*.dist-info"))
    )


def top() -> str | None:
    """The folder of the repository that this one is in. Raises HarnessError where git does not trust its owner."""
    return _git("rev-parse", "--show-toplevel")


def top_of(folder: Path) -> str | None:
    """The folder of the repository that another is in, by the path that leads there without links being followed; None
    where there is none."""
    prefix = _git("-C", str(folder), "rev-parse", "--show-prefix")
    end = f"/{prefix}".rstrip("/") if prefix is not None else None
    return str(folder).removesuffix(end) if end is not None and str(folder).endswith(end) else None


def files(folder: str) -> list[str] | None:
    """The files of a folder of a repository, those among them that nobody has added yet, without what git ignores; None
    outside of one. Submodules, and links to folders, are names too."""
    said = _git("-C", folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return None if said is None else said.split("\0")[:-1]


def has(file: Path) -> bool:
    """Whether a file is of this repository, and was not installed into it."""
    with contextlib.suppress(HarnessError):
        return _holds(Path(top() or file), file.resolve())
    return False


def _holds(top: Path, file: Path) -> bool:
    folders = [one for one in file.parents if one.is_relative_to(top.resolve())]
    return bool(folders) and not any(map(is_installed, folders[:-1]))


def revision(name: str) -> str | None:
    """The commit that a revision's name means."""
    return _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def lacking(name: str) -> str:
    """Why there is no such revision, and what to type, where that can be seen; else nothing."""
    if _git("rev-parse", "--is-shallow-repository") == "true":
        return "; it is a shallow clone, which lacks older commits: git fetch --unshallow, in CI fetch-depth: 0"
    if not name.startswith("-") and revision(f"origin/{name}"):
        return f"; there is origin/{name}"
    return ""


def add_worktree(folder: Path, commit: str) -> None:
    """Check a commit out into a folder, also where one that was removed stood. Raises HarnessError."""
    if _git("worktree", "add", "--quiet", "--force", "--detach", str(folder), commit) is None:
        raise HarnessError(f"git could not make a worktree of {commit[:12]} in {folder}")


def restored(folder: Path, commit: str) -> bool:
    """Put a worktree back as it was checked out; whether it is that commit's."""
    if not (folder / ".git").exists() or _git("-C", str(folder), "rev-parse", "HEAD") != commit:
        return False
    put_back = _git("-C", str(folder), "reset", "--quiet", "--hard", commit)
    return put_back is not None and _git("-C", str(folder), "clean", "--quiet", "-ffdx") is not None


def _git(*arguments: str) -> str | None:
    """What git says; None where it fails, or is not there."""
    english = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], env=english, capture_output=True, text=True, errors="surrogateescape", timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if "dubious ownership" in done.stderr:
        raise HarnessError(f"{done.stderr.splitlines()[0]}: git config --global --add safe.directory trusts it")
    return None if done.returncode else done.stdout.strip()
